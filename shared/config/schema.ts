import * as z from 'zod/mini';
import { alarmFaults } from './alarm-faults.ts';
import { alarms } from './alarms.ts';
import { auditArchive } from './archive.ts';
import { backupVerify } from './backup-verify.ts';
import { databaseAlarms } from './database-alarms.ts';
import { dbMaintenance } from './db-maintenance.ts';
import { matviewRefresh } from './matview-refresh.ts';
import { restoreDrill } from './restore-drill.ts';
import { count, days, missedAfterHours, positive, schedule } from './values.ts';
import { mostLooks, mostLooksOf } from './waits.ts';

/** What a stage of `nightshift.config.ts` may say. Unknown keys are refused, so that a typing slip is not a silent default. */

const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const nameRule = 'lower-case letters, digits and single hyphens, a letter first';

const name = z.string().check(z.regex(namePattern, nameRule));

/** A record whose keys are names; checked even where a value is wrong, so that all faults come out together. */
function named<T extends z.core.$ZodType>(value: T) {
  const isNamed = (record: unknown) =>
    typeof record !== 'object' ||
    record === null ||
    Object.keys(record).every((key) => namePattern.test(key));
  return z
    .record(z.string(), value)
    .check(z.refine(isNamed, { error: `every name in it must be ${nameRule}`, when: () => true }));
}

const region = z.string().check(z.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region, such as us-west-1'));
const accountId = z.string().check(z.regex(/^\d{12}$/, 'an AWS account id of 12 digits, in quotes'));
const arn = (service: string) =>
  z.string().check(z.regex(new RegExp(`^arn:[a-z-]+:${service}:`), `an ARN of ${service}`));

/** How Nightshift signs in to Postgres: an IAM token for `user`, or user and password from a secret. */
const auth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('iam'), user: z.string().check(z.minLength(1)) }),
  z.strictObject({ kind: z.literal('secret'), secretId: z.string().check(z.minLength(1)) }),
]);

/** Seconds between two looks at something that AWS is working on; every look is one durable operation. */
const polling = z.strictObject({
  snapshotSeconds: z._default(count, 30),
  exportSeconds: z._default(count, 180),
  copySeconds: z._default(count, 120),
  placeSeconds: z._default(count, 300),
  /**
   * From the second count to the first look at the counters again, doubled for each of five looks. Patience alone:
   * whoever may not have reported by then is seen to hold back, so that a short time makes no count trusted too early.
   */
  settleSeconds: z._default(count, 15),
});

const patience = z.strictObject({
  instanceMinutes: z._default(positive, 60),
  snapshotHours: z._default(positive, 6),
  placeHours: z._default(positive, 6),
  exportHours: z._default(positive, 24),
  copyHours: z._default(positive, 12),
});

/** The service cannot choose a table by a name with other characters than these. */
const tableName = z
  .string()
  .check(z.regex(/^[A-Za-z0-9$_]+\.[A-Za-z0-9$_]+$/, 'schema.table, each of letters, digits, $ and _'));

const snapshotRetention = z.strictObject({
  /** Never fewer than this many, whatever their age. */
  keepNewest: z._default(count, 7),
  snapshotDays: z._default(days, 35),
  copyDays: z._default(days, 35),
  exportDays: z._default(days, 731),
});

/** CloudWatch Logs keeps a log for these numbers of days, and for no other. */
const logDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const logRetention = z
  .number()
  .check(z.refine((given) => logDays.includes(given), { error: `one of ${logDays.join(', ')}` }));

const snapshotExportSettings = z.strictObject({
  schedule: z._default(schedule, 'cron(30 3 * * ? *)'),
  /** `schema.table` names; left out, every table of the database. */
  tables: z.optional(z.array(tableName).check(z.minLength(1))),
  /** An automated snapshot no older than this is taken instead of a new one; 0 always takes a new one. */
  adoptAutomatedHours: z._default(z.number().check(z.gte(0), z.lte(24)), 6),
  /** Tables above this size are estimated instead of counted. */
  exactCountUpToMiB: z._default(z.number().check(z.gte(0)), 2_048),
  /** `schema.table` names that the service may skip with a warning without failing the run. */
  acceptSkipped: z._default(z.array(z.string()), []),
  copyTo: z.optional(z.strictObject({ region, kmsKeyId: z.optional(z.string()) })),
  missedAfterHours,
  retention: z.prefault(snapshotRetention, {}),
  polling: z.prefault(polling, {}),
  patience: z.prefault(patience, {}),
});

const snapshotExport = snapshotExportSettings.check(
  z.refine((settings) => mostLooksOf(settings) <= mostLooks, {
    error: ({ input }) =>
      `with this patience and polling a run may need ${grouped(mostLooksOf(input as SnapshotExportConfig))} looks, and ${grouped(mostLooks)} leave an execution enough of its 3,000 operations: raise the seconds in "polling", or lower the "patience"`,
  }),
);

const grouped = (number: number) => number.toLocaleString('en-US');

/** PgBouncer or RDS Proxy in transaction mode; its certificate must chain to the database's `caFile`. */
const pooler = z.strictObject({
  host: z.string().check(z.minLength(1)),
  port: z.int().check(z.gte(1), z.lte(65_535)),
});

const database = z.strictObject({
  /** The RDS instance's identifier. */
  instance: name,
  databaseName: z.string().check(z.minLength(1), z.maxLength(63)),
  auth,
  /** PEM of the certificate authorities to trust, relative to the config; left out, those of Amazon RDS. */
  caFile: z.optional(z.string()),
  /** What matview-refresh goes through; all other jobs need sessions of the instance itself. */
  pooler: z.optional(pooler),
  connectTimeoutSeconds: z._default(positive, 10),
  /** With the time for counting, which no new count begins after, it must fit into an invocation of 15 minutes. */
  statementTimeoutSeconds: z._default(z.number().check(z.positive(), z.lte(420)), 300),
  snapshotExport: z.optional(snapshotExport),
  auditArchive: z.optional(auditArchive),
  backupVerify: z.optional(backupVerify),
  restoreDrill: z.optional(restoreDrill),
  matviewRefresh: z.optional(matviewRefresh),
  dbMaintenance: z.optional(dbMaintenance),
  /** Left out, no alarm watches the instance's own metrics. */
  alarms: z.optional(databaseAlarms),
});

/** Where the functions must stand to reach the databases; left out, they run outside of any VPC. */
const vpc = z.strictObject({
  subnetIds: z.array(z.string().check(z.regex(/^subnet-[0-9a-f]+$/, 'a subnet id'))).check(z.minLength(1)),
  securityGroupIds: z
    .array(z.string().check(z.regex(/^sg-[0-9a-f]+$/, 'a security group id')))
    .check(z.minLength(1)),
  /** The subnets' own; restore drills need it, for the security group that the template makes for them. */
  vpcId: z.optional(z.string().check(z.regex(/^vpc-[0-9a-f]+$/, 'a VPC id'))),
});

/** US dollars, us-east-1, autumn 2026: estimates only, to be edited. */
const prices = z.strictObject({
  snapshotExportPerGB: z._default(positive, 0.01),
  backupStoragePerGBMonth: z._default(positive, 0.095),
  s3StandardPerGBMonth: z._default(positive, 0.023),
  s3GlacierPerGBMonth: z._default(positive, 0.0036),
  interRegionPerGB: z._default(positive, 0.02),
  s3StandardIAPerGBMonth: z._default(positive, 0.0125),
  s3GlacierInstantPerGBMonth: z._default(positive, 0.004),
  /** The dearest of the classes that the archive writes to. */
  s3PutPerThousand: z._default(positive, 0.02),
  rdsStoragePerGBMonth: z._default(positive, 0.115),
  /** Of the class that drills restore to. */
  rdsInstancePerHour: z._default(positive, 0.2),
});

const stage = z.strictObject({
  account: accountId,
  region,
  /** The bucket of exports, manifests and run records: created by the template. */
  backupBucket: z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'an S3 bucket name')),
  /** A customer-managed key to use instead of the one that the template creates. */
  kmsKeyArn: z.optional(arn('kms')),
  /**
   * Where all that is told goes by e-mail, besides the topic's other subscribers: alarms, failures, and every
   * success as well, for its newest manifest's hash must lie where nobody can rewrite it. null: somebody else subscribes
   * to the topic. With `alarms`, one of both must be said.
   */
  alertEmail: z.optional(z.nullable(z.email())),
  vpc: z.optional(vpc),
  glacierAfterDays: z._default(days, 30),
  logRetentionDays: z._default(logRetention, 365),
  prices: z.prefault(prices, {}),
  /** Left out, alarms ring at the alert topic as they are. */
  alarms: z.optional(alarms),
  databases: named(database),
});

/**
 * Asked of what people write alone. A function that runs has been deployed with somebody who hears of it, or with the
 * word that there is.
 */
const heardStage = stage.check(
  z.refine((given) => !isUnheard(given), {
    path: ['alertEmail'],
    // Also where other parts are wrong: all faults come out together.
    when: () => true,
    error:
      'nobody would hear when the way of "alarms" itself fails (dead letters, a function that fails, a heartbeat that stays out): that rings at the stage’s alert topic alone. Say alertEmail: \'database-on-call@example.org\', or alertEmail: null where something else subscribes to that topic',
  }),
);

function isUnheard(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false;
  const { alarms, alertEmail } = given as { alarms?: unknown; alertEmail?: unknown };
  return alarms !== undefined && alertEmail === undefined;
}

const stages = named(heardStage).check(
  z.check(({ value, issues }) => {
    for (const { path, message } of alarmFaults(value))
      issues.push({ code: 'custom', input: value, path: [...path], message });
  }),
);

export const configSchema = z.strictObject({ stages });

export type NightshiftConfigInput = z.input<typeof configSchema>;
export type NightshiftConfig = z.output<typeof configSchema>;
export type StageConfig = z.output<typeof stage>;
export type DatabaseConfig = z.output<typeof database>;
export type SnapshotExportConfig = z.output<typeof snapshotExportSettings>;
export type { AlarmsConfig, RouteConfig, SinkConfig, SinkKind } from './alarms.ts';
export type {
  ArchiveHold,
  ArchiveLimits,
  ArchivePolicyConfig,
  AuditArchiveConfig,
} from './archive.ts';
export type { BackupVerifyConfig } from './backup-verify.ts';
export type { AlarmLimit, DatabaseAlarmsConfig, LimitName } from './database-alarms.ts';
export type { DbMaintenanceConfig } from './db-maintenance.ts';
export type { MatviewRefreshConfig } from './matview-refresh.ts';
export type { DrillQuestions, RestoreDrillConfig } from './restore-drill.ts';
export type Prices = z.output<typeof prices>;
export const stageSchema = stage;
