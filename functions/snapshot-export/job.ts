import type { RDSClient } from '@aws-sdk/client-rds';
import type { Client } from 'pg';
import { rdsClient } from '../../shared/aws/clients.ts';
import { readInstance } from '../../shared/aws/instance.ts';
import type { Job, Surroundings } from '../../shared/job/job.ts';
import { databaseOf, withJobConnection } from '../../shared/postgres/connect-job.ts';
import type { SnapshotExportRequest } from './event.ts';

/** The clients that only this job needs. */
export interface Clients {
  readonly rds: RDSClient;
  rdsIn(region: string): RDSClient;
}

export type SnapshotExportJob = Job<SnapshotExportRequest, Clients>;

/** What pruning needs of a job; the command line prunes without one. */
export type PruningContext = Pick<
  SnapshotExportJob,
  'request' | 'stage' | 'startedAt' | 'extra' | 'aws' | 'names' | 'config'
>;

export function prepareClients({ config }: Surroundings): Clients {
  const byRegion = new Map<string, RDSClient>();
  const rdsIn = (region: string) => {
    const client = byRegion.get(region) ?? rdsClient(region);
    byRegion.set(region, client);
    return client;
  };
  return { rds: rdsIn(config.region), rdsIn };
}

/** Connects to the live instance. */
export async function withDatabase<T>(
  job: SnapshotExportJob,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  return withJobConnection(job, await readInstance(job.extra.rds, databaseOf(job).instance), use);
}
