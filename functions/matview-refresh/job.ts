import type { RDSClient } from '@aws-sdk/client-rds';
import type { Client } from 'pg';
import { rdsClient } from '../../shared/aws/clients.ts';
import { readInstance } from '../../shared/aws/instance.ts';
import type { Job, Surroundings } from '../../shared/job/job.ts';
import type { ConnectOptions } from '../../shared/postgres/connect.ts';
import { type Within, withConnection, withStatements } from '../../shared/postgres/connect.ts';
import { databaseOf, pooledConnectOptions } from '../../shared/postgres/connect-job.ts';
import type { MatviewRefreshRequest } from './event.ts';

/** The clients that only this job needs. */
export interface Clients {
  readonly rds: RDSClient;
}

export type MatviewRefreshJob = Job<MatviewRefreshRequest, Clients>;

export function prepareClients({ config }: Surroundings): Clients {
  return { rds: rdsClient(config.region) };
}

/** How this job reaches its database: each statement for itself, so that a pooler may stand in between. */
export interface Reach {
  readonly options: ConnectOptions;
  /** Opens a connection for as long as `use` takes. */
  readonly connect: <T>(use: (client: Client) => Promise<T>) => Promise<T>;
  /** The same for what must not be one transaction: see `withStatements`. */
  readonly statements: <T>(use: (client: Client, within: Within) => Promise<T>) => Promise<T>;
}

export async function reachDatabase(job: MatviewRefreshJob): Promise<Reach> {
  const instance = await readInstance(job.extra.rds, databaseOf(job).instance);
  return reachBy(await pooledConnectOptions(job, instance));
}

export function reachBy(options: ConnectOptions): Reach {
  return {
    options,
    connect: (use) => withConnection(options, use),
    statements: (use) => withStatements(options, use),
  };
}
