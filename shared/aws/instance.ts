import { DescribeDBInstancesCommand, type RDSClient } from '@aws-sdk/client-rds';
import { PreconditionError } from '../job/errors.ts';
import type { Address } from '../postgres/address.ts';

/** An RDS instance as it is now. */
export interface Instance {
  readonly identifier: string;
  readonly status: string;
  readonly allocatedGiB: number;
  /** Null while RDS still makes it. */
  readonly address: Address | null;
  /** `DbiResourceId`: stays when the instance is renamed; one that is restored from a snapshot has another. */
  readonly resourceId: string;
}

/** Throws PreconditionError where RDS knows no such instance, and what the SDK throws. */
export async function readInstance(rds: RDSClient, identifier: string): Promise<Instance> {
  const { DBInstances } = await rds.send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }),
  );
  const [instance] = DBInstances ?? [];
  if (!instance)
    throw new PreconditionError(`RDS described no instance ${identifier}. Check "instance" in the config.`);
  return {
    identifier,
    status: instance.DBInstanceStatus ?? 'unknown',
    allocatedGiB: instance.AllocatedStorage ?? 0,
    address: instance.Endpoint?.Address
      ? { host: instance.Endpoint.Address, port: instance.Endpoint.Port ?? 5432 }
      : null,
    resourceId: instance.DbiResourceId ?? '',
  };
}
