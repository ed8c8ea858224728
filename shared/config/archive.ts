import * as z from 'zod/mini';
import { type PolicyFault, policyFaults, sharedTableFaults } from './archive-faults.ts';
import { mostShifts, shiftsOf } from './shifts.ts';
import { parseTableName } from './table-name.ts';
import { count, days, missedAfterHours, positive, schedule } from './values.ts';

/** What `databases.<name>.auditArchive` may say. */

const asIssue = (input: unknown) => (fault: PolicyFault) => ({
  code: 'custom' as const,
  input,
  path: [...fault.path],
  message: fault.message,
});

/** Built when a config is first read: every function's bundle holds it, and few of its cold starts need it at once. */
function schemas() {
  const tableName = z.string().check(
    z.refine((text) => parseTableName(text) !== undefined, {
      error: 'schema.name, each in double quotes where it is not of small letters, digits, _ and $ alone',
    }),
  );
  const column = z.string().check(z.minLength(1), z.maxLength(63));
  const time = z.iso.datetime({ offset: true });

  /** `365 days`: of 24 hours each, in UTC. */
  const age = z
    .string()
    .check(z.regex(/^([1-9]\d{0,4}) days?$/, 'a number of days, at least one, such as "365 days"'));

  /** Only classes whose objects can be read at once: what was uploaded is read back before anything is deleted. */
  const storageClass = z.enum(['STANDARD', 'STANDARD_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR']);

  const toS3 = z.strictObject({
    kind: z.literal('s3'),
    storageClass: z._default(storageClass, 'STANDARD_IA'),
    /** Set on each file after its batch is committed. COMPLIANCE cannot be taken back by anybody. */
    objectLock: z.optional(z.strictObject({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days })),
  });

  const toTable = z.strictObject({
    kind: z.literal('table'),
    /** Left out, `<table>_archive` in the same schema. */
    table: z.optional(tableName),
  });

  /** One row for each day (UTC) and group: the number of rows, and sum, least and greatest of each measure. */
  const rollUp = z.strictObject({
    by: z.literal('day'),
    groupBy: z.array(column).check(z.minLength(1)),
    measures: z.array(column).check(z.minLength(1)),
    /** With `to: s3` alone, where the rows themselves go to S3; with `to: table` the archive table holds the days. */
    into: z.optional(tableName),
  });

  /** Rows that must not move, by a predicate over the table's columns, by a period (`to` is exclusive), or by both together. */
  const hold = z.strictObject({
    name: z.string().check(z.minLength(1), z.maxLength(100)),
    where: z.optional(z.string().check(z.minLength(1))),
    from: z.optional(time),
    to: z.optional(time),
  });

  const policySettings = z.strictObject({
    table: tableName,
    ageColumn: column,
    olderThan: age,
    to: z.discriminatedUnion('kind', [toS3, toTable]),
    rollUp: z.optional(rollUp),
    batchRows: z._default(z.int().check(z.gte(1), z.lte(10_000_000)), 100_000),
    /** Rows this much younger than the cutoff stay as well, for transactions that commit late with an old time. */
    safetyLagMinutes: z._default(z.number().check(z.gte(0), z.lte(1_440)), 60),
    omit: z._default(z.array(column), []),
    hash: z._default(z.array(column), []),
    holds: z._default(z.array(hold), []),
    /** What becomes of a row that another table references: it stays, or the foreign key's own action takes its course. */
    onReferenced: z.optional(z.enum(['keep', 'cascade'])),
    /** True, or the materialized views that may lose the archived period when they are refreshed. */
    historyMayShrink: z._default(z.union([z.boolean(), z.array(tableName)]), false),
    /** Triggers that raise for some rows alone, or may change others; without being named here, they have the table refused. */
    passedTriggers: z._default(z.array(column), []),
    verify: z._default(z.enum(['contents', 'checksum']), 'contents'),
    partitions: z._default(z.enum(['rows', 'whole']), 'rows'),
  });

  const policy = policySettings.check(
    z.check(({ value, issues }) => {
      issues.push(...policyFaults(value).map(asIssue(value)));
    }),
  );

  /** Over one of these, a run pauses. */
  const limits = z.strictObject({
    replicaLagSeconds: z._default(positive, 60),
    oldestTransactionMinutes: z._default(positive, 60),
    /** Sessions that wait for a lock on one of the tables. */
    waitingSessions: z._default(count, 5),
    lockTimeoutSeconds: z._default(z.number().check(z.positive(), z.lte(60)), 5),
    /** After this long in one pause, a table is left for the next night, and the run fails. */
    pauseMinutes: z._default(positive, 60),
  });

  const auditArchiveSettings = z.strictObject({
    schedule: z._default(schedule, 'cron(0 4 * * ? *)'),
    /** How many sessions work at once, on several tables or on several months of one. */
    connections: z._default(z.int().check(z.gte(1), z.lte(16)), 2),
    /** One slice of work; an invocation lasts 15 minutes, and its last batch must end within it. */
    budgetMinutes: z._default(z.number().check(z.positive(), z.lte(12)), 8),
    /** The longest that one night may work; what is left then is the next night's. */
    nightHours: z._default(z.number().check(z.positive(), z.lte(24)), 12),
    missedAfterHours,
    /** An alarm rings when a table still holds rows this much older than its policy allows. */
    daysBehindAlarm: z._default(days, 7),
    archivePrefix: z._default(
      z
        .string()
        .check(
          z.regex(/^archive\/([A-Za-z0-9._-]+\/)*$/, 'a prefix that begins with archive/ and ends with /'),
        ),
      'archive/',
    ),
    limits: z.prefault(limits, {}),
    policies: z.array(policy).check(z.minLength(1)),
  });

  const auditArchive = auditArchiveSettings.check(
    z.refine((settings) => shiftsOf(settings) <= mostShifts, {
      error: `a night of this many hours has more than ${mostShifts.toLocaleString('en-US')} shifts of this many minutes, and an execution has no more than 3,000 operations: raise "budgetMinutes", or lower "nightHours"`,
    }),
    z.check(({ value, issues }) => {
      const faults = sharedTableFaults(value.policies);
      issues.push(
        ...faults.map(({ path, message }) => asIssue(value)({ path: ['policies', ...path], message })),
      );
    }),
  );
  return { hold, limits, policySettings, auditArchiveSettings, auditArchive };
}
type Schemas = ReturnType<typeof schemas>;

export const auditArchive = z.lazy(() => schemas().auditArchive);

export type AuditArchiveConfig = z.output<Schemas['auditArchiveSettings']>;
export type ArchivePolicyConfig = z.output<Schemas['policySettings']>;
export type ArchiveHold = z.output<Schemas['hold']>;
export type ArchiveLimits = z.output<Schemas['limits']>;
