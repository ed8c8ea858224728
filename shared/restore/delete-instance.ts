import { DeleteDBInstanceCommand, type RDSClient } from '@aws-sdk/client-rds';
import { hasName } from '../aws/errors.ts';
import { explainAwsError } from '../aws/explain.ts';

/** `busy`: RDS does not take the call in the instance's present state; `gone`: there is no such instance any more. */
export type Deletion = 'asked' | 'busy' | 'gone';

/**
 * Asks RDS to delete an instance and all that it keeps of it: no final snapshot, no automated backups. Whoever calls
 * has looked at name and tags just before. Throws ServiceError.
 */
export async function deleteInstance(rds: RDSClient, identifier: string): Promise<Deletion> {
  try {
    await rds.send(
      new DeleteDBInstanceCommand({
        DBInstanceIdentifier: identifier,
        SkipFinalSnapshot: true,
        DeleteAutomatedBackups: true,
      }),
    );
    return 'asked';
  } catch (error) {
    if (hasName(error, 'DBInstanceNotFoundFault')) return 'gone';
    if (hasName(error, 'InvalidDBInstanceStateFault')) return 'busy';
    throw explainAwsError(`Deleting the instance ${identifier}`, error);
  }
}
