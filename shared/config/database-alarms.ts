import * as z from 'zod/mini';
import { severities } from '../alarm/severity.ts';

/**
 * What `databases.<name>.alarms` may say: the alarms on CloudWatch's metrics of its instance. A limit is a number, or
 * { limit, periods, periodSeconds, severity } where it must last, or ring louder; null switches the alarm off.
 */

interface Usual {
  readonly limit: number;
  /** So many periods in a row must be past the limit. */
  readonly periods: number;
  readonly severity: (typeof severities)[number];
}

const once = { periods: 1, severity: 'warning' } as const;
/** A quarter of an hour. */
const sustained = { periods: 3, severity: 'warning' } as const;

/** In the unit that the name says: when each rings if nothing else is said. */
const usual = {
  /** Of the instance's processors. */
  cpuPercent: { limit: 80, ...sustained },
  /** Of `maxConnections`. */
  connectionsPercent: { limit: 80, ...once },
  /** Of `memoryGiB`: CloudWatch measures what is free of it. */
  memoryUsedPercent: { limit: 85, ...once },
  /** Requests that wait for the disk. */
  diskQueueDepth: { limit: 10, ...once },
  readLatencyMs: { limit: 5, ...sustained },
  writeLatencyMs: { limit: 10, ...sustained },
  /** It rings below. */
  freeStorageGiB: { limit: 10, ...once, severity: 'critical' },
  /** The write-ahead log: what `BinLogDiskUsage` is of other engines. */
  transactionLogsGiB: { limit: 20, ...once },
  /** Of the oldest table, in millions; from 2,144 on the database hands out no more. */
  transactionIdsMillions: { limit: 1_000, ...once, severity: 'critical' },
  /** The write-ahead log that the slowest replication slot holds back. */
  replicationSlotLagGiB: { limit: 10, ...once },
  /** Of each of the `replicas`. */
  replicaLagSeconds: { limit: 1, ...once },
} as const satisfies Record<string, Usual>;

export type LimitName = keyof typeof usual;

/** CloudWatch takes these, and looks back for a day. */
const periodSeconds = [60, 300, 600, 900, 1_800, 3_600] as const;
const longestLookBackSeconds = 86_400;

/** Built when a config is first read. */
function settingsSchema() {
  const instance = z
    .string()
    .check(z.regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'the identifier of an instance, in small letters'));
  const over = z.number().check(z.positive());
  const percent = z.number().check(z.positive(), z.lt(100));
  const millions = z.number().check(z.positive(), z.lt(2_144));

  return z.strictObject(
    {
      /** `max_connections` of the instance: `SHOW max_connections`. */
      maxConnections: z.optional(z.int().check(z.gte(1), z.lte(262_143))),
      /** The memory of the instance's class: 8 of a db.m7g.large. */
      memoryGiB: z.optional(over),
      /** Read replicas of the instance, by their identifiers. */
      replicas: z._default(z.array(instance), []),
      cpuPercent: limit(usual.cpuPercent, percent),
      connectionsPercent: limit(usual.connectionsPercent, percent),
      memoryUsedPercent: limit(usual.memoryUsedPercent, percent),
      diskQueueDepth: limit(usual.diskQueueDepth, over),
      readLatencyMs: limit(usual.readLatencyMs, over),
      writeLatencyMs: limit(usual.writeLatencyMs, over),
      freeStorageGiB: limit(usual.freeStorageGiB, over),
      transactionLogsGiB: limit(usual.transactionLogsGiB, over),
      transactionIdsMillions: limit(usual.transactionIdsMillions, millions),
      replicationSlotLagGiB: limit(usual.replicationSlotLagGiB, over),
      replicaLagSeconds: limit(usual.replicaLagSeconds, over),
      /** After so many without any measurement the instance counts as down; null: nobody asks. */
      downMinutes: z._default(z.nullable(z.int().check(z.gte(2), z.lte(60))), 5),
    },
    { error: explainMissing },
  );
}

function limit(given: Usual, number: z.ZodMiniNumber) {
  const settings = z
    .strictObject(
      {
        limit: z._default(number, given.limit),
        periods: z._default(z.int().check(z.gte(1), z.lte(1_440)), given.periods),
        periodSeconds: z._default(z.literal([...periodSeconds]), 300),
        severity: z._default(z.enum(severities), given.severity),
      },
      { error: explainLimit },
    )
    .check(
      z.refine((one) => one.periods * one.periodSeconds <= longestLookBackSeconds, {
        error: 'CloudWatch looks back for a day at most: fewer periods, or shorter ones',
      }),
    );
  const asSettings = z.transform((one: number | null | z.input<typeof settings>) =>
    typeof one === 'number' ? { limit: one } : one,
  );
  return z.prefault(z.pipe(asSettings, z.nullable(settings)), {});
}

function explainLimit({ code }: z.core.$ZodRawIssue): string | undefined {
  return code === 'invalid_type'
    ? 'a number; or { limit, periods, periodSeconds, severity }; or null for no alarm'
    : undefined;
}

/** It stands in lists of alarms that were made for other engines. */
function explainMissing(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  return issue.keys.some((key) => /bin_?log/i.test(key))
    ? 'BinLogDiskUsage is measured for MySQL and MariaDB alone: PostgreSQL has no binary log. Say "transactionLogsGiB" instead, of its write-ahead log'
    : undefined;
}

type Settings = z.output<ReturnType<typeof settingsSchema>>;

/** What an alarm is a share of: CloudWatch does not know it, and a guess would ring at the wrong time. */
const wholes = [
  ['connectionsPercent', 'maxConnections', 'SHOW max_connections says it'],
  ['memoryUsedPercent', 'memoryGiB', 'the instance’s class says it: 8 of a db.m7g.large'],
] as const;

const isWithout = (settings: Settings, [share, whole]: (typeof wholes)[number]) =>
  settings[share] !== null && settings[whole] === undefined;

function schema() {
  return wholes.reduce(
    (settings, one) =>
      settings.check(
        z.refine((given) => !isWithout(given, one), {
          error: `"${one[0]}" is a share of "${one[1]}", which is not there: give it (${one[2]}), or say ${one[0]}: null`,
        }),
      ),
    settingsSchema(),
  );
}

export const databaseAlarms = z.lazy(schema);

export type DatabaseAlarmsConfig = Settings;
export type AlarmLimit = NonNullable<Settings[LimitName]>;
