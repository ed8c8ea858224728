import * as z from 'zod/mini';
import { parseTableName } from './table-name.ts';
import { count, positive, schedule } from './values.ts';
import { mostLooks } from './waits.ts';

/** Built where a config is read, and not where a function starts. */
function settingsSchema() {
  const table = z.string().check(
    z.refine((text) => parseTableName(text) !== undefined, {
      error: 'schema.table as SQL writes it: capitals and odd characters in double quotes',
    }),
  );
  const query = z.string().check(z.minLength(1));

  const library = z.string().check(z.regex(/^[a-z0-9_]+$/, 'the name of a library, such as pgaudit'));

  const instance = z.strictObject({
    /** Left out, the source's own class. */
    instanceClass: z.optional(z.string()),
    subnetGroup: z.optional(z.string()),
    securityGroupIds: z.optional(z.array(z.string())),
    /** Left out, what `postgres` makes, or else the source's own: it carries `shared_preload_libraries`. */
    parameterGroup: z.optional(z.string()),
    /** A parameter group that the template makes for the drills of this database alone. */
    postgres: z.optional(
      z.strictObject({
        family: z.string().check(z.regex(/^postgres\d+$/, 'as RDS names it: postgres15')),
        sharedPreloadLibraries: z._default(z.array(library).check(z.minLength(1)), ['pg_stat_statements']),
      }),
    ),
  });

  const questions = z.strictObject({
    roles: z._default(z.array(z.string()), []),
    extensions: z._default(z.array(z.string()), []),
    /** Must answer one value, equal to this. */
    schemaVersion: z.optional(z.strictObject({ query, equals: z.optional(z.string()) })),
    /** Every table read to its last row, and counted; held against what was recorded around the snapshot. */
    rowCounts: z._default(z.boolean(), true),
    amcheck: z.prefault(
      z.strictObject({
        /** Of the tables and indexes, by size, chosen anew each time; 0 switches it off. */
        share: z._default(z.number().check(z.gte(0), z.lte(1)), 1),
        connections: z._default(count, 2),
      }),
      {},
    ),
    /** Tables whose foreign keys and NOT NULL columns are checked again, row by row. */
    revalidate: z._default(z.array(table), []),
    sequences: z._default(z.boolean(), true),
    freshness: z._default(
      z.array(z.strictObject({ table, column: z.string(), withinMinutes: positive })),
      [],
    ),
    hashChains: z._default(
      z.array(
        z.strictObject({
          table,
          /** Each of its values has a chain of its own. */
          organisation: z._default(z.string(), 'organisation_id'),
          hash: z._default(z.string(), 'entry_hash'),
          previous: z._default(z.string(), 'prev_entry_hash'),
          /** An SQL expression over the row that gives its hash anew; without it only the links are checked. */
          recompute: z.optional(query),
        }),
      ),
      [],
    ),
    assertions: z._default(
      z.array(
        z.strictObject({
          name: z.string(),
          query,
          /** What its only value must be, as text; null for NULL. */
          equals: z.nullable(z.string()),
        }),
      ),
      [],
    ),
    /** Tables whose content in the restored database is compared with the export of the same snapshot. */
    compareWithExport: z._default(z.array(table), []),
  });

  return z.strictObject({
    schedule: z._default(schedule, 'cron(0 7 ? * SUN *)'),
    /** From one success to the next. */
    missedAfterDays: z._default(z.int().check(z.gte(1), z.lte(60)), 9),
    source: z._default(z.enum(['snapshot', 'latest restorable time', 'second region']), 'snapshot'),
    instance: z.prefault(instance, {}),
    /** From its start: the reaper removes the instance once this has passed. */
    expiresAfterHours: z._default(positive, 8),
    /** The recovery time objective: what restore and questions are held against. */
    recoveryTimeMinutes: z.optional(positive),
    questions: z.prefault(questions, {}),
    /** Of each statement. A question has an invocation of 15 minutes to itself, and gives up after 13. */
    statementTimeoutMinutes: z._default(z.number().check(z.positive(), z.lte(12)), 10),
    polling: z.prefault(z.strictObject({ instanceSeconds: z._default(count, 30) }), {}),
    patience: z.prefault(
      z.strictObject({
        restoreHours: z._default(positive, 4),
        connectMinutes: z._default(positive, 15),
        deleteHours: z._default(positive, 1),
      }),
      {},
    ),
  });
}

type Settings = z.output<ReturnType<typeof settingsSchema>>;

/** For the questions themselves, beside all waiting. */
const askingHours = 0.5;

/** The longest that an instance of a drill is needed. */
function neededHours({ patience }: Settings): number {
  const { restoreHours, connectMinutes, deleteHours } = patience;
  return restoreHours + connectMinutes / 60 + askingHours + deleteHours;
}

/** Each look is one operation of the 3,000 that a durable execution has; a leftover is deleted, and a source snapshot, first. */
function looksOf({ patience, polling }: Settings): number {
  const { restoreHours, connectMinutes, deleteHours } = patience;
  const hours = 2 * restoreHours + connectMinutes / 60 + 2 * deleteHours;
  return Math.ceil((hours * 3_600) / polling.instanceSeconds);
}

function schema() {
  return settingsSchema().check(
    z.refine((settings) => neededHours(settings) <= settings.expiresAfterHours, {
      error:
        '"expiresAfterHours" must be longer than all of "patience" and half an hour for the questions: else the reaper removes an instance that is still asked',
    }),
    z.refine((settings) => looksOf(settings) <= mostLooks, {
      error: `this patience and polling may need more than ${mostLooks} looks: raise "polling.instanceSeconds", or lower the "patience"`,
    }),
  );
}

/** The restore drill: what is restored, where, and what the restored database is asked. */
export const restoreDrill = z.lazy(schema);

export type RestoreDrillConfig = z.output<ReturnType<typeof schema>>;
export type DrillQuestions = RestoreDrillConfig['questions'];
