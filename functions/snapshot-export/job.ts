import type { RDSClient } from '@aws-sdk/client-rds';
import type { Client } from 'pg';
import { rdsClient } from '../../shared/aws/clients.ts';
import type { DatabaseConfig } from '../../shared/config/schema.ts';
import { ConfigError, PreconditionError } from '../../shared/job/errors.ts';
import type { Job, Surroundings } from '../../shared/job/job.ts';
import { withConnection } from '../../shared/postgres/connect.ts';
import { fetchCredentials } from '../../shared/postgres/credentials.ts';
import type { SnapshotExportRequest } from './event.ts';
import { jobName } from './plan.ts';
import { readInstance } from './read.ts';

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

export function databaseOf(job: SnapshotExportJob): DatabaseConfig {
  const database = job.config.databases[job.request.database];
  if (database) return database;
  throw new ConfigError(`The config names no database ${job.request.database}.`);
}

/** Connects to the live instance, wherever RDS says that it listens. */
export async function withDatabase<T>(
  job: SnapshotExportJob,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const database = databaseOf(job);
  const { address, status } = await readInstance(job.extra.rds, database.instance);
  if (!address) {
    throw new PreconditionError(`The instance ${database.instance} has no address yet: it is ${status}.`);
  }
  return withConnection(
    {
      address,
      database,
      credentials: await fetchCredentials(database.auth, address, job.config.region),
      caFile: database.caFile ?? caFile(job.environment),
      applicationName: `nightshift ${jobName} ${job.request.slot}`,
    },
    use,
  );
}

function caFile(environment: NodeJS.ProcessEnv): string {
  const file = environment.NIGHTSHIFT_CA_FILE;
  if (file) return file;
  throw new ConfigError(
    'NIGHTSHIFT_CA_FILE is not set: it names the certificate authorities that the build lays beside the bundle.',
  );
}
