import type { RDSClient } from '@aws-sdk/client-rds';
import type { Client } from 'pg';
import { rdsClient } from '../../shared/aws/clients.ts';
import { readInstance } from '../../shared/aws/instance.ts';
import type { Job, Surroundings } from '../../shared/job/job.ts';
import { databaseOf, withJobConnection } from '../../shared/postgres/connect-job.ts';
import type { ArchiveContext } from './archive-context.ts';
import type { AuditArchiveRequest } from './event.ts';

/** The clients that only this job needs. */
export interface Clients {
  readonly rds: RDSClient;
}

export type AuditArchiveJob = Job<AuditArchiveRequest, Clients>;

export function prepareClients({ config }: Surroundings): Clients {
  return { rds: rdsClient(config.region) };
}

/** Connects to the live instance for one piece of work. */
export async function withDatabase<T>(job: AuditArchiveJob, use: (client: Client) => Promise<T>): Promise<T> {
  return withJobConnection(job, await readInstance(job.extra.rds, databaseOf(job).instance), use);
}

export interface Archiving {
  readonly context: ArchiveContext;
  /** Opens a connection for as long as `use` takes. */
  readonly connect: <T>(use: (client: Client) => Promise<T>) => Promise<T>;
}

/** What moving rows needs, the instance looked up once. */
export async function openArchiving(job: AuditArchiveJob): Promise<Archiving> {
  const instance = await readInstance(job.extra.rds, databaseOf(job).instance);
  const { settings, database, slot } = job.request;
  const { lockTimeoutSeconds } = settings.limits;
  return {
    context: {
      s3: job.aws.s3,
      bucket: job.names.backupBucket,
      database,
      resourceId: instance.resourceId,
      slot,
      settings,
      log: job.log,
      fingerprints: {},
    },
    connect: (use) => withJobConnection(job, instance, use, { lockTimeoutSeconds }),
  };
}
