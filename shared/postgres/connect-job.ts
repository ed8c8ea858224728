import type { Client } from 'pg';
import type { Instance } from '../aws/instance.ts';
import type { DatabaseConfig } from '../config/schema.ts';
import { ConfigError, PreconditionError } from '../job/errors.ts';
import type { Job } from '../job/job.ts';
import type { SlotRequest } from '../job/run-slot.ts';
import type { Address } from './address.ts';
import { type ConnectOptions, withConnection } from './connect.ts';
import { fetchCredentials } from './credentials.ts';

type DatabaseJob = Pick<Job<SlotRequest>, 'name' | 'request' | 'config' | 'environment'>;

export function databaseOf({ config, request }: Pick<DatabaseJob, 'config' | 'request'>): DatabaseConfig {
  const database = config.databases[request.database];
  if (database) return database;
  throw new ConfigError(`The config names no database ${request.database}.`);
}

export interface JobConnectionOptions {
  readonly lockTimeoutSeconds?: number;
  /** Instead of the database's own. */
  readonly statementTimeoutSeconds?: number;
  /** How to sign in, and where the token is made or the secret lies; left out, as the config says, in the stage's region. */
  readonly signIn?: { readonly auth: DatabaseConfig['auth']; readonly region: string };
}

type Place = Pick<Instance, 'identifier' | 'address' | 'status'>;

/** Connects a job to its database, wherever RDS says that the instance listens. */
export async function withJobConnection<T>(
  job: DatabaseJob,
  instance: Place,
  use: (client: Client) => Promise<T>,
  options: JobConnectionOptions = {},
): Promise<T> {
  return withConnection(await connectOptions(job, instance, options), use);
}

/** How a job reaches its database: the instance itself. */
export async function connectOptions(
  job: DatabaseJob,
  { identifier, address, status }: Place,
  options: JobConnectionOptions = {},
): Promise<ConnectOptions> {
  if (address) return connectOptionsAt(job, address, options);
  throw new PreconditionError(`The instance ${identifier} has no address yet: it is ${status}.`);
}

/** The same through the database's pooler where the config names one: each use of a connection is one transaction. */
export async function pooledConnectOptions(
  job: DatabaseJob,
  instance: Place,
  options: JobConnectionOptions = {},
): Promise<ConnectOptions> {
  const { pooler } = databaseOf(job);
  if (!pooler) return connectOptions(job, instance, options);
  return { ...(await connectOptionsAt(job, pooler, options)), pooled: true };
}

async function connectOptionsAt(
  job: DatabaseJob,
  address: Address,
  { statementTimeoutSeconds, signIn, ...options }: JobConnectionOptions,
): Promise<ConnectOptions> {
  const configured = databaseOf(job);
  const database = statementTimeoutSeconds ? { ...configured, statementTimeoutSeconds } : configured;
  const { auth, region } = signIn ?? { auth: database.auth, region: job.config.region };
  return {
    address,
    database,
    credentials: await fetchCredentials(auth, address, region),
    caFile: database.caFile ?? caFile(job.environment),
    applicationName: `nightshift ${job.name} ${job.request.slot}`,
    ...options,
  };
}

function caFile(environment: NodeJS.ProcessEnv): string {
  const file = environment.NIGHTSHIFT_CA_FILE;
  if (file) return file;
  throw new ConfigError(
    'NIGHTSHIFT_CA_FILE is not set: it names the certificate authorities that the build lays beside the bundle.',
  );
}
