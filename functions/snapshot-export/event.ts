import * as z from 'zod/mini';
import type { SnapshotExportConfig, StageConfig } from '../../shared/config/schema.ts';
import { describeIssues } from '../../shared/job/describe-issues.ts';
import { EventRefusedError } from '../../shared/job/errors.ts';
import type { SlotRequest } from '../../shared/job/run-slot.ts';
import { isNightSlot, labelFault, nightSlot } from '../../shared/job/slot.ts';

/** Its UTC date becomes a slot: an offset must not carry it out of the years of four digits. */
const time = z.iso
  .datetime({ offset: true })
  .check(z.refine(hasSlot, 'expected a time within the years 0000 to 9999 of UTC'));

function hasSlot(text: string): boolean {
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && isNightSlot(nightSlot(at));
}

/** Any event may ask for the plan alone; `nightshift run --dry-run` adds this to whatever it was given. */
const dryRun = z.optional(z.boolean());

const scheduled = z.strictObject({
  trigger: z.literal('schedule'),
  database: z.string(),
  scheduledTime: time,
  dryRun,
});

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
  time,
  dryRun,
  detail: z.object({
    EventID: z.optional(z.literal('RDS-EVENT-0091')),
    // Old events lack the id, and are told by these words.
    Message: z.string().check(z.regex(/^Automated snapshot created/)),
    SourceIdentifier: z.string().check(z.regex(/^rds:[a-z][a-z0-9-]*-\d{4}-\d{2}-\d{2}-\d{2}-\d{2}$/)),
  }),
});

export type SnapshotExportEvent =
  | { readonly kind: 'schedule'; readonly body: z.output<typeof scheduled> }
  | { readonly kind: 'by hand'; readonly body: z.output<typeof byHand> }
  | { readonly kind: 'RDS-EVENT-0091'; readonly body: z.output<typeof automatedSnapshotCreated> };

/** What one run is asked to do. `tables` are `schema.table`; undefined means every table. */
export interface SnapshotExportRequest extends SlotRequest {
  readonly labelled: boolean;
  readonly instance: string;
  readonly settings: SnapshotExportConfig;
  readonly tables: readonly string[] | undefined;
  readonly skipExport: boolean;
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
      return { kind: shape, body: check(scheduled, raw) };
    case 'by hand':
      return { kind: shape, body: check(byHand, raw) };
    case 'RDS-EVENT-0091':
      return { kind: shape, body: check(automatedSnapshotCreated, raw) };
  }
}

function kindOf(raw: unknown): SnapshotExportEvent['kind'] {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new EventRefusedError(`This event is no JSON object.\n${expected}`);
  }
  if ('trigger' in raw) return 'schedule';
  if ('source' in raw || 'detail' in raw) return 'RDS-EVENT-0091';
  return 'by hand';
}

function check<T extends z.core.$ZodType>(schema: T & z.ZodMiniType, raw: unknown): z.output<T> {
  const parsed = schema.safeParse(raw, { error: describeIssues.locale });
  if (parsed.success) return parsed.data as z.output<T>;
  throw new EventRefusedError(
    `This event cannot start a run:\n${describeIssues(parsed.error.issues)}\n${expected}`,
  );
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
  const fault = label === undefined ? undefined : labelFault(label);
  if (fault) throw new EventRefusedError(`The label ${quoted(label ?? '')} cannot be used: ${fault}.`);
  const base = basics(body.database, config);
  const unknown = tables?.filter((table) => !/^[A-Za-z0-9$_]+\.[A-Za-z0-9$_]+$/.test(table)) ?? [];
  if (unknown.length > 0) {
    throw new EventRefusedError(
      `"tables" names what the service cannot choose: ${listed(unknown)}. Write schema.table, each of letters, digits, $ and _.`,
    );
  }
  if (label === undefined && (tables || skipExport)) {
    throw new EventRefusedError(
      'A run with "tables" or "skipExport" needs a "label": without one it would take the place of the night\'s whole export.',
    );
  }
  const chosen = { tables: tables ?? base.tables, skipExport, dryRun, trigger: 'by hand' };
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
    dryRun: false,
    announcedSnapshot: undefined,
  };
}

/** `rds:menotime-prod-2026-01-02-03-36` belongs to the instance `menotime-prod`. */
function databaseOfSnapshot(identifier: string, config: StageConfig): string {
  const instance = identifier.slice('rds:'.length, -'-2026-01-02-03-36'.length);
  const ofInstance = Object.entries(config.databases).filter(
    ([, database]) => database.instance === instance,
  );
  const found = ofInstance.find(([, database]) => database.snapshotExport) ?? ofInstance[0];
  if (found) return found[0];
  throw new EventRefusedError(
    `The snapshot ${identifier.slice(0, longestQuote)} is of the instance ${instance.slice(0, longestQuote)}, which the config does not name. Narrow the event rule, or add the database to the config.`,
  );
}

const longestQuote = 100;
const quotedAtMost = 10;

/** What somebody wrote, as JSON and no longer than a message should be. */
function quoted(text: string): string {
  return JSON.stringify(text.length <= longestQuote ? text : `${text.slice(0, longestQuote)}…`);
}

function listed(names: readonly string[]): string {
  const more = names.length - quotedAtMost;
  return [...names.slice(0, quotedAtMost).map(quoted), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
