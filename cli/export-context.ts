import type { S3Client } from '@aws-sdk/client-s3';
import type { Client } from 'pg';
import { rdsClient, s3Client } from '../shared/aws/clients.ts';
import { readInstance } from '../shared/aws/instance.ts';
import { resourceNames } from '../shared/config/names.ts';
import { withJobConnection } from '../shared/postgres/connect-job.ts';
import { chooseDatabase } from './choose-database.ts';
import { UsageError } from './failure.ts';
import { createProgress, type Progress } from './progress.ts';
import { openTarget, type Target, type TargetOptions } from './target.ts';

export interface ExportOptions extends TargetOptions {
  readonly json: boolean;
  readonly database?: string;
}

/** The exports of one database. */
export interface ExportContext {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly stage: string;
  /** The database's name in the config. */
  readonly database: string;
  readonly progress: Progress;
  /** To the database as it is now, as the role that the jobs sign in as. */
  connect<T>(use: (client: Client) => Promise<T>): Promise<T>;
}

/** Opens what is there: the stack of `nightshift up`, or a deployed stage. Throws UsageError where there is none. */
export async function withExports(
  options: ExportOptions,
  work: (exports: ExportContext) => Promise<void>,
): Promise<void> {
  const progress = createProgress(options);
  const target = await openTarget(options, progress, { existing: true });
  try {
    Object.assign(process.env, target.environment);
    await work(openExports(target, options.database, progress));
  } finally {
    await target.stop();
  }
}

/** The same of a target that is open already, and whose environment this process has. */
export function openExports(
  { stage, config }: Target,
  asked: string | undefined,
  progress: Progress,
): ExportContext {
  const known = Object.keys(config.databases);
  const database = chooseDatabase(asked, known);
  const found = Object.hasOwn(config.databases, database) ? config.databases[database] : undefined;
  if (!found) {
    throw new UsageError(
      `The config names no database ${JSON.stringify(database)}. It names: ${known.join(', ')}.`,
    );
  }
  const request = { database, slot: 'by hand', trigger: 'by hand', dryRun: false };
  const job = { name: 'restore-export', request, config, environment: process.env };
  return {
    s3: s3Client(config.region),
    bucket: resourceNames(stage, config).backupBucket,
    stage,
    database,
    progress,
    connect: async (use) =>
      withJobConnection(job, await readInstance(rdsClient(config.region), found.instance), use),
  };
}
