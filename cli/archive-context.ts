import type { S3Client } from '@aws-sdk/client-s3';
import type { Client } from 'pg';
import { rdsClient, s3Client } from '../shared/aws/clients.ts';
import { readInstance } from '../shared/aws/instance.ts';
import { resourceNames } from '../shared/config/names.ts';
import type { AuditArchiveConfig, Prices } from '../shared/config/schema.ts';
import { formatTableName, parseTableName, type TableName } from '../shared/config/table-name.ts';
import { withJobConnection } from '../shared/postgres/connect-job.ts';
import { chooseDatabase } from './choose-database.ts';
import { UsageError } from './failure.ts';
import { createProgress, type Progress } from './progress.ts';
import { openTarget, type Target, type TargetOptions } from './target.ts';

export interface ArchiveOptions extends TargetOptions {
  readonly json: boolean;
  readonly database?: string;
}

/** The archive of one database: its ledger, its bucket, and what the config says of it. */
export interface ArchiveContext {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly region: string;
  /** The database's name in the config. */
  readonly database: string;
  readonly settings: AuditArchiveConfig;
  readonly prices: Prices;
  readonly progress: Progress;
  /** `DbiResourceId` of the instance. */
  readonly resourceId: string;
  /** As the role that the jobs sign in as. */
  connect<T>(use: (client: Client) => Promise<T>): Promise<T>;
}

/** Opens what is there: the stack of `nightshift up`, or a deployed stage. Throws UsageError where there is none. */
export async function withArchive(
  options: ArchiveOptions,
  work: (archive: ArchiveContext) => Promise<void>,
): Promise<void> {
  const progress = createProgress(options);
  const target = await openTarget(options, progress, { existing: true });
  try {
    Object.assign(process.env, target.environment);
    await work(await openArchive(target, options, progress));
  } finally {
    await target.stop();
  }
}

async function openArchive(
  { stage, config }: Target,
  options: ArchiveOptions,
  progress: Progress,
): Promise<ArchiveContext> {
  const archived = Object.keys(config.databases).filter((name) => config.databases[name]?.auditArchive);
  const database = chooseDatabase(options.database, archived);
  const found = Object.hasOwn(config.databases, database) ? config.databases[database] : undefined;
  if (!found?.auditArchive) {
    throw new UsageError(
      `The config has no "auditArchive" for a database ${JSON.stringify(database)}. It has one for: ${archived.join(', ') || 'none'}.`,
    );
  }
  const instance = await readInstance(rdsClient(config.region), found.instance);
  const request = { database, slot: 'by hand', trigger: 'by hand', dryRun: false };
  const job = { name: 'archive', request, config, environment: process.env };
  return {
    s3: s3Client(config.region),
    bucket: resourceNames(stage, config).backupBucket,
    region: config.region,
    database,
    settings: found.auditArchive,
    prices: config.prices,
    progress,
    resourceId: instance.resourceId,
    connect: (use) => withJobConnection(job, instance, use),
  };
}

/** A table as it is spelled in the config and the ledger. Throws UsageError. */
export function readTableName(text: string): TableName & { readonly spelled: string } {
  const table = parseTableName(text);
  if (table) return { ...table, spelled: formatTableName(table) };
  throw new UsageError(
    `${JSON.stringify(text)} is no schema.name as SQL writes it. What is not of small letters, digits, _ and $ stands in double quotes: 'oddities."Order Line"'.`,
  );
}
