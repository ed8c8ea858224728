import type { RDSClient } from '@aws-sdk/client-rds';
import type { Client } from 'pg';
import { rdsClient } from '../../shared/aws/clients.ts';
import { readInstance } from '../../shared/aws/instance.ts';
import type { Job, Surroundings } from '../../shared/job/job.ts';
import { type ConnectOptions, withConnection } from '../../shared/postgres/connect.ts';
import { connectOptions, databaseOf } from '../../shared/postgres/connect-job.ts';
import type { DbMaintenanceRequest } from './event.ts';

/** The clients that only this job needs. */
export interface Clients {
  readonly rds: RDSClient;
}

export type DbMaintenanceJob = Job<DbMaintenanceRequest, Clients>;

export function prepareClients({ config }: Surroundings): Clients {
  return { rds: rdsClient(config.region) };
}

/** How this job reaches its database: the instance itself, since VACUUM needs a session. */
export interface Reach {
  readonly options: ConnectOptions;
  readonly allocatedGiB: number;
  /** Opens a connection for as long as `use` takes. */
  readonly connect: <T>(use: (client: Client) => Promise<T>) => Promise<T>;
}

export async function reachDatabase(job: DbMaintenanceJob): Promise<Reach> {
  const instance = await readInstance(job.extra.rds, databaseOf(job).instance);
  const options = await connectOptions(job, instance);
  return { options, allocatedGiB: instance.allocatedGiB, connect: (use) => withConnection(options, use) };
}
