import * as z from 'zod/mini';
import { count, days, missedAfterHours, positive, schedule } from './values.ts';

/** Built where a config is read, and not where a function starts. */
function schema() {
  const limits = z.strictObject({
    snapshotAgeHours: z._default(positive, 25),
    copyAgeHours: z._default(positive, 26),
    exportAgeHours: z._default(positive, 26),
    /** How far the latest restorable time may lie behind; it is some five minutes as a rule. */
    restorableLagWarnMinutes: z._default(positive, 10),
    restorableLagFailMinutes: z._default(positive, 15),
    /** The recovery point objective: what may be lost at most. Reported beside the worst lag since yesterday. */
    recoveryPointMinutes: z.optional(positive),
    /** So many median deviations from the median of the last 14 nights' sizes, both ways. */
    sizeDeviations: z._default(positive, 6),
    /** Of the quota for manual snapshots. */
    snapshotQuotaShare: z._default(positive, 0.8),
    /** A drill that succeeded longer ago than this proves nothing any more. */
    drillAgeDays: z._default(days, 35),
  });

  /** The instance as it is meant to be; what is left out is not looked at. */
  const posture = z.strictObject({
    /** 0 switches automated backups off, which is a failure whatever stands here. */
    backupRetentionDays: z._default(z.int().check(z.gte(0), z.lte(35)), 7),
    /** As RDS writes it: `03:00-03:30`, UTC. */
    backupWindow: z.optional(z.string().check(z.regex(/^\d\d:\d\d-\d\d:\d\d$/, 'hh:mm-hh:mm, UTC'))),
    encrypted: z._default(z.boolean(), true),
    /** ARN or id of the key; left out, any key will do. */
    kmsKeyId: z.optional(z.string()),
    publiclyAccessible: z._default(z.boolean(), false),
    deletionProtection: z.optional(z.boolean()),
    multiAz: z.optional(z.boolean()),
    /** Storage autoscaling: whether a maximum above the allocated storage is set. */
    storageAutoscaling: z.optional(z.boolean()),
    /** `rds.force_ssl`. */
    tlsForced: z.optional(z.boolean()),
    /** Logs that go to CloudWatch: `postgresql`, `upgrade`. */
    exportedLogs: z.optional(z.array(z.string())),
    /** Parameters by name, as Postgres would show them: `log_min_duration_statement: '1000'`. */
    parameters: z._default(z.record(z.string(), z.string()), {}),
  });

  return z.strictObject({
    /** When the night is over: an export that begins at its default has five and a half hours, with the copy behind it. */
    schedule: z._default(schedule, 'cron(0 9 * * ? *)'),
    missedAfterHours,
    limits: z.prefault(limits, {}),
    posture: z.prefault(posture, {}),
    /** Accounts that snapshots may be shared with. */
    knownAccounts: z._default(
      z.array(z.string().check(z.regex(/^\d{12}$/, 'an account id of 12 digits'))),
      [],
    ),
    /** Row groups of the last export that are decoded each day, chosen anew; footers are read of every file. */
    sampleRowGroups: z._default(count, 20),
    /** What the copy in the second region needs to be of use there; each must exist. */
    secondRegion: z.optional(
      z.strictObject({
        subnetGroup: z.optional(z.string()),
        parameterGroup: z.optional(z.string()),
        secretId: z.optional(z.string()),
      }),
    ),
  });
}

/** The daily checks: what the backups and the instance are held against. */
export const backupVerify = z.lazy(schema);

export type BackupVerifyConfig = z.output<ReturnType<typeof schema>>;
