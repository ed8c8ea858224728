import * as z from 'zod/mini';
import { mostShifts, shiftsOf } from './shifts.ts';
import { parseTableName } from './table-name.ts';
import { count, days, schedule } from './values.ts';
import { maintenanceWindow } from './window.ts';

/** What `databases.<name>.dbMaintenance` may say. */

function settingsSchema() {
  const tableName = z.string().check(
    z.refine((text) => parseTableName(text) !== undefined, {
      error: 'schema.name, each in double quotes where it is not of small letters, digits, _ and $ alone',
    }),
  );
  const share = z.number().check(z.positive(), z.lte(1));
  const mebibytes = z.number().check(z.gte(0));

  const vacuum = z.strictObject({
    /** So much of a table must be dead, and so many rows; also how much may have been inserted since it was vacuumed. */
    deadShare: z._default(share, 0.1),
    leastRows: z._default(count, 1_000),
    /** So much of a table must have changed since it was analyzed. */
    staleShare: z._default(share, 0.1),
    /** From this part of `autovacuum_freeze_max_age` on a table is frozen before everything else. */
    wraparoundShare: z._default(share, 0.8),
  });

  const bloat = z.strictObject({
    /** Of an index that is more empty than this, beyond its fill factor, a new one is built. */
    percent: z._default(z.number().check(z.positive(), z.lt(100)), 20),
    /** A smaller index is not worth it. */
    minMiB: z._default(mebibytes, 10),
    /** So much is read at most, in one run, to measure; what is larger is estimated. */
    measureMiB: z._default(mebibytes, 20_480),
  });

  const integrity = z.strictObject({
    /** How long a table or index counts as looked through; 0 switches it off. */
    everyDays: z._default(z.int().check(z.gte(0), z.lte(3_650)), 90),
    /** Of all that there is to look through, by size, so much in one run. */
    sharePerRun: z._default(share, 0.5),
    /** The longest rest between two of them, for everybody else's sake; never longer than the look before it. */
    pauseMs: z._default(z.int().check(z.gte(0), z.lte(60_000)), 1_000),
    /** A table is looked through so much at a time, each in a transaction of its own. */
    rangeMiB: z._default(z.number().check(z.positive(), z.lte(1_024)), 16),
    /** And no faster than this; half of the time it rests at least. */
    paceMiBPerSecond: z._default(z.number().check(z.positive()), 32),
    /** An index cannot be looked through in parts: after this it is given up. */
    indexLimitMinutes: z._default(z.number().check(z.positive(), z.lte(1_440)), 30),
  });

  return z.strictObject({
    schedule: z._default(schedule, 'cron(0 5 1 * ? *)'),
    /** Every day: what cannot wait. Where audit-archive is at work then, it waits for its end. */
    urgentSchedule: z._default(schedule, 'cron(30 4 * * ? *)'),
    /** When indexes are built anew and looked through; VACUUM and ANALYZE are let run at any time. */
    window: z.prefault(maintenanceWindow, { from: '05:00', hours: 4 }),
    /** Tables that are left alone with their indexes, but where transaction ids run out. */
    leaveOut: z._default(z.array(tableName), []),
    vacuum: z.prefault(vacuum, {}),
    bloat: z.prefault(bloat, {}),
    integrity: z.prefault(integrity, {}),
    /** An index that nobody has used for so long is reported. */
    unusedDays: z._default(days, 30),
    /** Whoever comes after waits behind us for so long at most. */
    lockTimeoutMs: z._default(z.int().check(z.gte(10), z.lte(10_000)), 500),
    /** A statement of ours that takes longer is cancelled. */
    timeLimitMinutes: z._default(z.number().check(z.positive(), z.lte(1_440)), 120),
    /** One slice of work; an invocation lasts 15 minutes. Long statements go on without it. */
    budgetMinutes: z._default(z.number().check(z.positive(), z.lte(12)), 10),
    /** The longest that one run may work. */
    nightHours: z._default(z.number().check(z.positive(), z.lte(24)), 4),
    /** From one success of the whole to the next; the daily run counts the days, since CloudWatch looks back 7. */
    missedAfterDays: z._default(days, 35),
  });
}

function schema() {
  return settingsSchema().check(
    z.refine((settings) => shiftsOf(settings) <= mostShifts, {
      error: `a run of this many hours has more than ${mostShifts.toLocaleString('en-US')} shifts of this many minutes, and an execution has no more than 3,000 operations: raise "budgetMinutes", or lower "nightHours"`,
    }),
  );
}

/** Built when a config is first read. */
export const dbMaintenance = z.lazy(schema);

export type DbMaintenanceConfig = z.output<ReturnType<typeof settingsSchema>>;
