import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetDurableExecutionCommand } from '@aws-sdk/client-lambda';
import { hasName } from '../../../shared/aws/errors.ts';
import { nightSlot } from '../../../shared/job/slot.ts';
import type { Hands } from '../hands.ts';
import type { Finder } from './gather.ts';

/** The jobs of a database that may run for long. */
const jobs = [
  'snapshot-export',
  'audit-archive',
  'backup-verify',
  'restore-drill',
  'matview-refresh',
  'db-maintenance',
] as const;
const dayMs = 86_400_000;

/** Which nightly runs of a database are going on: `audit-archive since 04:00 UTC`. Runs by hand have slots of their own. */
export const readRunningJobs: Finder<string[]> = async (hands, { database }, abortSignal) => {
  if (database === null) return undefined;
  const claims = await readClaims(hands, database, abortSignal);
  const found = await Promise.all(claims.map((claim) => isRunning(hands, claim.executionArn, abortSignal)));
  return claims
    .filter((_, index) => found[index])
    .map(({ job, claimedAt }) => `${job} since ${claimedAt.slice(11, 16)} UTC`);
};

interface Claim {
  readonly job: string;
  readonly executionArn: string;
  readonly claimedAt: string;
}

/** Of last night and this one. */
async function readClaims(
  { aws, names }: Hands,
  database: string,
  abortSignal: AbortSignal,
): Promise<Claim[]> {
  const slots = [0, dayMs].map((ago) => nightSlot(new Date(Date.now() - ago)));
  const Keys = jobs.flatMap((job) => slots.map((slot) => ({ claim: { S: `${job}#${database}#${slot}` } })));
  const { Responses = {} } = await aws.dynamo.send(
    new BatchGetItemCommand({ RequestItems: { [names.claimsTable]: { Keys } } }),
    { abortSignal },
  );
  return (Responses[names.claimsTable] ?? []).map(({ claim, executionArn, claimedAt }) => ({
    job: claim?.S?.split('#')[0] ?? '',
    executionArn: executionArn?.S ?? '',
    claimedAt: claimedAt?.S ?? '',
  }));
}

async function isRunning({ aws }: Hands, arn: string, abortSignal: AbortSignal): Promise<boolean> {
  try {
    const answer = await aws.lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn: arn }), {
      abortSignal,
    });
    return answer.Status === 'RUNNING';
  } catch (error) {
    // Of the command line, which has no execution of AWS's.
    if (hasName(error, 'ResourceNotFoundException', 'InvalidParameterValueException')) return false;
    throw error;
  }
}
