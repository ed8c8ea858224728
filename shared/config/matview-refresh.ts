import * as z from 'zod/mini';
import { mostShifts, shiftsOf } from './shifts.ts';
import { parseTableName } from './table-name.ts';
import { count, missedAfterHours, positive, schedule } from './values.ts';
import { maintenanceWindow } from './window.ts';

/** What `databases.<name>.matviewRefresh` may say. */

function settingsSchema() {
  const viewName = z.string().check(
    z.refine((text) => parseTableName(text) !== undefined, {
      error: 'schema.name, each in double quotes where it is not of small letters, digits, _ and $ alone',
    }),
  );

  const aboutOne = z.strictObject({
    /** Relations that it reads where Postgres records no dependency, as through a function. */
    readsAlso: z._default(z.array(viewName), []),
    /** Whether it changes with time though no table does; left out, that is found from its definition. */
    dependsOnClock: z.optional(z.boolean()),
    /** Left out, CONCURRENTLY where it can be. */
    method: z.optional(z.enum(['concurrently', 'plain'])),
    freshWithinHours: z.optional(positive),
    timeLimitMinutes: z.optional(positive),
  });

  return z.strictObject({
    schedule: z._default(schedule, 'cron(0 6 * * ? *)'),
    /** Left out, every materialized view that the database has. */
    views: z.optional(z.array(viewName).check(z.minLength(1))),
    /** Never refreshed, and nothing that reads them is held up by it. */
    leaveOut: z._default(z.array(viewName), []),
    /** How many refreshes run side by side. */
    connections: z._default(z.int().check(z.gte(1), z.lte(16)), 2),
    /** When a view may be refreshed that its readers must wait for; left out, never but where it is empty. */
    window: z.optional(maintenanceWindow),
    /** How long a refresh may wait for its lock; whoever comes after waits behind a plain one. */
    lockTimeoutMs: z._default(z.int().check(z.gte(10), z.lte(10_000)), 500),
    /** How often a lock is asked for again, with longer and longer rests between. */
    lockTries: z._default(count, 6),
    /** So long other sessions are waited for that may not have reported what they wrote. */
    settleSeconds: z._default(z.number().check(z.gte(0), z.lte(120)), 20),
    /** A refresh that takes longer is cancelled. */
    timeLimitMinutes: z._default(z.number().check(z.positive(), z.lte(1_440)), 120),
    /** A view that is older than this is an alert. */
    freshWithinHours: z._default(positive, 26),
    /** One slice of work; an invocation lasts 15 minutes. Refreshes go on without it. */
    budgetMinutes: z._default(z.number().check(z.positive(), z.lte(12)), 10),
    /** The longest that one night may work. */
    nightHours: z._default(z.number().check(z.positive(), z.lte(24)), 6),
    missedAfterHours,
    perView: z._default(z.record(viewName, aboutOne), {}),
  });
}

type Settings = z.output<ReturnType<typeof settingsSchema>>;

function schema() {
  return settingsSchema().check(
    z.refine((settings) => shiftsOf(settings) <= mostShifts, {
      error: `a night of this many hours has more than ${mostShifts.toLocaleString('en-US')} shifts of this many minutes, and an execution has no more than 3,000 operations: raise "budgetMinutes", or lower "nightHours"`,
    }),
    z.refine((settings) => overlapping(settings).length === 0, {
      error: ({ input }) => `both in "views" and in "leaveOut": ${overlapping(input as Settings).join(', ')}`,
    }),
  );
}

function overlapping({ views = [], leaveOut }: Settings): string[] {
  return views.filter((view) => leaveOut.includes(view));
}

/** Built when a config is first read. */
export const matviewRefresh = z.lazy(schema);

export type MatviewRefreshConfig = Settings;
