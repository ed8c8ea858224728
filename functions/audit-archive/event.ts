import * as z from 'zod/mini';
import type { AuditArchiveConfig, StageConfig } from '../../shared/config/schema.ts';
import { formatTableName, parseTableName } from '../../shared/config/table-name.ts';
import { EventRefusedError } from '../../shared/job/errors.ts';
import type { SlotRequest } from '../../shared/job/run-slot.ts';
import { nightSlot } from '../../shared/job/slot.ts';
import {
  checkEvent,
  dryRun,
  quoted,
  quotedList,
  requireLabel,
  requireObject,
  scheduledEvent,
} from '../../shared/job/start-event.ts';
import { type ArchivePolicy, readPolicy } from './policy.ts';

const byHand = z.strictObject({
  database: z.string(),
  label: z.optional(z.string()),
  tables: z.optional(z.array(z.string()).check(z.minLength(1))),
  dryRun,
});

export type AuditArchiveEvent =
  | { readonly kind: 'schedule'; readonly body: z.output<typeof scheduledEvent> }
  | { readonly kind: 'by hand'; readonly body: z.output<typeof byHand> };

/** What one run is asked to do. */
export interface AuditArchiveRequest extends SlotRequest {
  readonly labelled: boolean;
  readonly instance: string;
  readonly settings: AuditArchiveConfig;
  /** Of all tables that have one, or of those that were asked for. */
  readonly policies: readonly ArchivePolicy[];
}

/** Also those that were not asked for. */
export function allPolicies({ settings }: Pick<AuditArchiveRequest, 'settings'>): ArchivePolicy[] {
  return settings.policies.map(readPolicy);
}

const expected = `audit-archive starts from one of:
  - a schedule: { "trigger": "schedule", "database": "menotime", "scheduledTime": "2026-01-02T04:00:00Z" }
  - by hand: { "database": "menotime", "label": "before-the-move", "tables": ["public.audit_log"], "dryRun": true }, all but "database" optional`;

/** Tells the two kinds of event apart. Throws EventRefusedError, with what was expected, for anything else. */
export function parseEvent(raw: unknown): AuditArchiveEvent {
  const event = requireObject(raw, expected);
  return 'trigger' in event
    ? { kind: 'schedule', body: checkEvent(scheduledEvent, raw, expected) }
    : { kind: 'by hand', body: checkEvent(byHand, raw, expected) };
}

/** What the event asks for, with everything that the config says of its database. Throws EventRefusedError. */
export function interpretEvent(
  event: AuditArchiveEvent,
  config: StageConfig,
  now: Date,
): AuditArchiveRequest {
  if (event.kind === 'by hand') return interpretByHand(event.body, config, now);
  const { database, scheduledTime, dryRun = false } = event.body;
  const slot = nightSlot(new Date(scheduledTime));
  return { ...basics(database, config), dryRun, slot, trigger: 'by its schedule', labelled: false };
}

function interpretByHand(
  { database, label, tables, dryRun = false }: z.output<typeof byHand>,
  config: StageConfig,
  now: Date,
): AuditArchiveRequest {
  requireLabel(label);
  const base = basics(database, config);
  const policies = tables ? choose(tables, base.policies) : base.policies;
  if (tables && label === undefined && !dryRun) {
    throw new EventRefusedError(
      'A run with "tables" needs a "label": without one it would take the place of the night\'s whole archive.',
    );
  }
  const slot = label ?? nightSlot(now);
  return { ...base, policies, dryRun, slot, trigger: 'by hand', labelled: label !== undefined };
}

/** However they are written: with quotes or without, one table more than once. */
function choose(tables: readonly string[], policies: readonly ArchivePolicy[]): ArchivePolicy[] {
  const spelled = tables.map((table) => {
    const parsed = parseTableName(table);
    return parsed && formatTableName(parsed);
  });
  const unknown = tables.filter((_table, at) => !policies.some(({ name }) => name === spelled[at]));
  if (unknown.length > 0) {
    throw new EventRefusedError(
      `The config has no archive policy for: ${quotedList(unknown)}. It has one for: ${policies.map(({ name }) => name).join(', ')}.`,
    );
  }
  return policies.filter(({ name }) => spelled.includes(name));
}

function basics(database: string, config: StageConfig) {
  const found = Object.hasOwn(config.databases, database) ? config.databases[database] : undefined;
  if (!found?.auditArchive) {
    const usable = Object.keys(config.databases).filter((name) => config.databases[name]?.auditArchive);
    throw new EventRefusedError(
      `The config has no "auditArchive" for a database ${quoted(database)}. It has one for: ${usable.join(', ') || 'none'}.`,
    );
  }
  return {
    database,
    instance: found.instance,
    settings: found.auditArchive,
    policies: found.auditArchive.policies.map(readPolicy),
  };
}
