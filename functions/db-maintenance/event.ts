import * as z from 'zod/mini';
import type { DbMaintenanceConfig } from '../../shared/config/db-maintenance.ts';
import type { StageConfig } from '../../shared/config/schema.ts';
import { EventRefusedError } from '../../shared/job/errors.ts';
import type { SlotRequest } from '../../shared/job/run-slot.ts';
import { nightSlot, type Slot } from '../../shared/job/slot.ts';
import {
  checkEvent,
  dryRun,
  quoted,
  requireLabel,
  requireObject,
  requireTableNames,
  scheduledEvent,
} from '../../shared/job/start-event.ts';

const minutes = z.optional(z.number().check(z.gte(1), z.lte(100_000)));

/** What cannot wait for the whole: transaction ids that run out, and what the archive has emptied. */
const part = z.optional(z.literal('urgent'));

const scheduled = z.extend(scheduledEvent, { part });

const byHand = z.strictObject({
  database: z.string(),
  label: z.optional(z.string()),
  part,
  tables: z.optional(z.array(z.string()).check(z.minLength(1), z.maxLength(1_000))),
  /** Ends what runs for longer than this, and does nothing else. */
  end: z.optional(z.strictObject({ selectsOverMinutes: minutes, idleInTransactionMinutes: minutes })),
  dryRun,
});

export type DbMaintenanceEvent =
  | { readonly kind: 'schedule'; readonly body: z.output<typeof scheduled> }
  | { readonly kind: 'by hand'; readonly body: z.output<typeof byHand> };

/** Limits in minutes; undefined: such are left alone. */
export interface EndLimits {
  readonly selectsOverMinutes: number | undefined;
  readonly idleInTransactionMinutes: number | undefined;
}

/** What one run is asked to do. */
export interface DbMaintenanceRequest extends SlotRequest {
  readonly instance: string;
  readonly settings: DbMaintenanceConfig;
  readonly part: 'whole' | 'urgent';
  /** As `formatTableName` spells them; null for all that the config does not leave out. */
  readonly tables: readonly string[] | null;
  /** Null for a run that maintains tables and indexes. */
  readonly end: EndLimits | null;
}

const expected = `db-maintenance starts from one of:
  - a schedule: { "trigger": "schedule", "database": "menotime", "scheduledTime": "2026-01-01T05:00:00Z" }
  - the daily schedule of what cannot wait: the same with "part": "urgent"
  - by hand: { "database": "menotime", "label": "after-the-import", "tables": ["public.audit_log"], "dryRun": true }, all but "database" optional
  - by hand, to end what runs for too long: { "database": "menotime", "end": { "selectsOverMinutes": 60, "idleInTransactionMinutes": 60 }, "dryRun": true }`;

/** Tells the kinds of event apart. Throws EventRefusedError, with what was expected, for anything else. */
export function parseEvent(raw: unknown): DbMaintenanceEvent {
  const event = requireObject(raw, expected);
  return 'trigger' in event
    ? { kind: 'schedule', body: checkEvent(scheduled, raw, expected) }
    : { kind: 'by hand', body: checkEvent(byHand, raw, expected) };
}

/** What the event asks for, with everything that the config says of its database. Throws EventRefusedError. */
export function interpretEvent(
  event: DbMaintenanceEvent,
  config: StageConfig,
  now: Date,
): DbMaintenanceRequest {
  if (event.kind === 'by hand') return interpretByHand(event.body, config, now);
  const { database, scheduledTime, dryRun = false } = event.body;
  const part = event.body.part ?? 'whole';
  const slot = slotOf(part, new Date(scheduledTime));
  const base = { ...basics(database, config), dryRun, slot, trigger: 'by its schedule' };
  return { ...base, part, tables: null, end: null };
}

/** Of each, one a day. */
function slotOf(part: DbMaintenanceRequest['part'], at: Date): Slot {
  return part === 'urgent' ? `urgent-${nightSlot(at)}` : nightSlot(at);
}

function interpretByHand(
  { database, label, part: asked, tables, end, dryRun = false }: z.output<typeof byHand>,
  config: StageConfig,
  now: Date,
): DbMaintenanceRequest {
  requireLabel(label);
  const part: DbMaintenanceRequest['part'] = asked ?? 'whole';
  const base = { ...basics(database, config), dryRun, part, trigger: 'by hand' };
  if (end) {
    if (part !== 'whole') throw new EventRefusedError('"end" goes without "part": it is about sessions.');
    const limits = limitsOf(end, tables);
    return { ...base, tables: null, end: limits, slot: label ?? momentSlot(now) };
  }
  if (tables && label === undefined && !dryRun) {
    throw new EventRefusedError(
      'A run with "tables" needs a "label": without one it would take the place of the whole maintenance of this day.',
    );
  }
  return {
    ...base,
    tables: tables ? requireTableNames('table', tables) : null,
    end: null,
    slot: label ?? slotOf(part, now),
  };
}

function limitsOf(
  { selectsOverMinutes, idleInTransactionMinutes }: NonNullable<z.output<typeof byHand>['end']>,
  tables: readonly string[] | undefined,
): EndLimits {
  if (tables) throw new EventRefusedError('"end" goes without "tables": it is about sessions.');
  if (selectsOverMinutes === undefined && idleInTransactionMinutes === undefined) {
    throw new EventRefusedError(
      '"end" needs "selectsOverMinutes" or "idleInTransactionMinutes", or both: it ends nothing by itself.',
    );
  }
  return { selectsOverMinutes, idleInTransactionMinutes };
}

/** Sessions may have to be ended many times a day: `end-2026-01-02-060059`. */
function momentSlot(at: Date): Slot {
  return `end-${at.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '')}`;
}

function basics(database: string, config: StageConfig) {
  const found = Object.hasOwn(config.databases, database) ? config.databases[database] : undefined;
  if (found?.dbMaintenance) return { database, instance: found.instance, settings: found.dbMaintenance };
  const usable = Object.keys(config.databases).filter((name) => config.databases[name]?.dbMaintenance);
  throw new EventRefusedError(
    `The config has no "dbMaintenance" for a database ${quoted(database)}. It has one for: ${usable.join(', ') || 'none'}.`,
  );
}
