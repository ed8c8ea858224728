import * as z from 'zod/mini';
import type { SnapshotExportConfig, StageConfig } from '../../shared/config/schema.ts';
import { EventRefusedError } from '../../shared/job/errors.ts';
import type { SlotRequest } from '../../shared/job/run-slot.ts';
import { nightSlot } from '../../shared/job/slot.ts';
import {
  checkEvent,
  dryRun,
  eventTime,
  longestQuote,
  quoted,
  quotedList,
  requireLabel,
  requireObject,
  scheduledEvent,
} from '../../shared/job/start-event.ts';

const byHand = z.strictObject({
  database: z.string(),
  label: z.optional(z.string()),
  tables: z.optional(z.array(z.string()).check(z.minLength(1))),
  skipExport: z.optional(z.boolean()),
  dryRun,
});

/** Events of RDS gain fields over the years, so that only what is used is looked at. */
const automatedSnapshotCreated = z.object({
  source: z.literal('aws.rds'),
  'detail-type': z.literal('RDS DB Snapshot Event'),
  time: eventTime,
  dryRun,
  detail: z.object({
    EventID: z.optional(z.literal('RDS-EVENT-0091')),
    // Old events lack the id, and are told by these words.
    Message: z.string().check(z.regex(/^Automated snapshot created/)),
    SourceIdentifier: z.string().check(z.regex(/^rds:[a-z][a-z0-9-]*-\d{4}-\d{2}-\d{2}-\d{2}-\d{2}$/)),
  }),
});

export type SnapshotExportEvent =
  | { readonly kind: 'schedule'; readonly body: z.output<typeof scheduledEvent> }
  | { readonly kind: 'by hand'; readonly body: z.output<typeof byHand> }
  | { readonly kind: 'RDS-EVENT-0091'; readonly body: z.output<typeof automatedSnapshotCreated> };

/** What an event itself chose; `tables` is null where it left them to the config. */
export interface Asked {
  readonly tables: readonly string[] | null;
  readonly skipExport: boolean;
}

/** What one run is asked to do. `tables` are `schema.table`; undefined means every table. */
export interface SnapshotExportRequest extends SlotRequest {
  readonly labelled: boolean;
  readonly instance: string;
  readonly settings: SnapshotExportConfig;
  readonly tables: readonly string[] | undefined;
  readonly skipExport: boolean;
  readonly asked: Asked;
  /** The automated snapshot whose creation started this run. */
  readonly announcedSnapshot: string | undefined;
}

const expected = `snapshot-export starts from one of:
  - a schedule: { "trigger": "schedule", "database": "menotime", "scheduledTime": "2026-01-02T03:30:00Z" }
  - by hand: { "database": "menotime", "label": "pre-v1.2.3", "tables": ["public.patients"], "skipExport": true, "dryRun": true }, all but "database" optional
  - the event RDS-EVENT-0091 (automated snapshot created) of source "aws.rds"`;

/** Tells the three kinds of event apart. Throws EventRefusedError, with what was expected, for anything else. */
export function parseEvent(raw: unknown): SnapshotExportEvent {
  const shape = kindOf(raw);
  switch (shape) {
    case 'schedule':
      return { kind: shape, body: checkEvent(scheduledEvent, raw, expected) };
    case 'by hand':
      return { kind: shape, body: checkEvent(byHand, raw, expected) };
    case 'RDS-EVENT-0091':
      return { kind: shape, body: checkEvent(automatedSnapshotCreated, raw, expected) };
  }
}

function kindOf(raw: unknown): SnapshotExportEvent['kind'] {
  const event = requireObject(raw, expected);
  if ('trigger' in event) return 'schedule';
  if ('source' in event || 'detail' in event) return 'RDS-EVENT-0091';
  return 'by hand';
}

/** What the event asks for, with everything that the config says of its database. Throws EventRefusedError. */
export function interpretEvent(
  event: SnapshotExportEvent,
  config: StageConfig,
  now: Date,
): SnapshotExportRequest {
  switch (event.kind) {
    case 'schedule': {
      const { database, scheduledTime, dryRun = false } = event.body;
      return {
        ...basics(database, config),
        dryRun,
        slot: nightSlot(new Date(scheduledTime)),
        trigger: 'by its schedule',
      };
    }
    case 'RDS-EVENT-0091': {
      const { detail, time: at, dryRun = false } = event.body;
      const database = databaseOfSnapshot(detail.SourceIdentifier, config);
      const announced = { announcedSnapshot: detail.SourceIdentifier, trigger: 'by RDS-EVENT-0091' };
      return { ...basics(database, config), dryRun, slot: nightSlot(new Date(at)), ...announced };
    }
    case 'by hand':
      return interpretByHand(event.body, config, now);
  }
}

function interpretByHand(
  body: z.output<typeof byHand>,
  config: StageConfig,
  now: Date,
): SnapshotExportRequest {
  const { label, tables, skipExport = false, dryRun = false } = body;
  requireLabel(label);
  const base = basics(body.database, config);
  const unknown = tables?.filter((table) => !/^[A-Za-z0-9$_]+\.[A-Za-z0-9$_]+$/.test(table)) ?? [];
  if (unknown.length > 0) {
    throw new EventRefusedError(
      `"tables" names what the service cannot choose: ${quotedList(unknown)}. Write schema.table, each of letters, digits, $ and _.`,
    );
  }
  if (label === undefined && (tables || skipExport)) {
    throw new EventRefusedError(
      'A run with "tables" or "skipExport" needs a "label": without one it would take the place of the night\'s whole export.',
    );
  }
  const asked: Asked = { tables: tables ?? null, skipExport };
  const chosen = { tables: tables ?? base.tables, skipExport, asked, dryRun, trigger: 'by hand' };
  return { ...base, ...chosen, slot: label ?? nightSlot(now), labelled: label !== undefined };
}

function basics(database: string, config: StageConfig) {
  const found = Object.hasOwn(config.databases, database) ? config.databases[database] : undefined;
  const usable = Object.keys(config.databases).filter((name) => config.databases[name]?.snapshotExport);
  if (!found?.snapshotExport) {
    const names = usable.join(', ') || 'none';
    throw new EventRefusedError(
      `The config has no "snapshotExport" for a database ${quoted(database)}. It has one for: ${names}.`,
    );
  }
  return {
    database,
    instance: found.instance,
    settings: found.snapshotExport,
    tables: found.snapshotExport.tables,
    labelled: false,
    skipExport: false,
    asked: { tables: null, skipExport: false },
    dryRun: false,
    announcedSnapshot: undefined,
  };
}

/**
 * `rds:menotime-prod-2026-01-02-03-36` belongs to the instance `menotime-prod`. One execution is one database's: of
 * several on an instance the first that adopts is started, and the others adopt the same snapshot by their schedules.
 */
function databaseOfSnapshot(identifier: string, config: StageConfig): string {
  const instance = identifier.slice('rds:'.length, -'-2026-01-02-03-36'.length);
  const ofInstance = Object.entries(config.databases).filter(
    ([, database]) => database.instance === instance,
  );
  const exported = ofInstance.filter(([, database]) => database.snapshotExport);
  const adopting = exported.find(([, database]) => database.snapshotExport?.adoptAutomatedHours);
  const found = adopting ?? exported[0] ?? ofInstance[0];
  if (found) return found[0];
  throw new EventRefusedError(
    `The snapshot ${identifier.slice(0, longestQuote)} is of the instance ${instance.slice(0, longestQuote)}, which the config does not name. Narrow the event rule, or add the database to the config.`,
  );
}
