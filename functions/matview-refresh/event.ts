import * as z from 'zod/mini';
import type { MatviewRefreshConfig } from '../../shared/config/matview-refresh.ts';
import type { StageConfig } from '../../shared/config/schema.ts';
import { EventRefusedError } from '../../shared/job/errors.ts';
import type { SlotRequest } from '../../shared/job/run-slot.ts';
import { minuteSlot, secondSlot } from '../../shared/job/slot.ts';
import {
  checkEvent,
  dryRun,
  quoted,
  requireLabel,
  requireObject,
  requireTableNames,
  scheduledEvent,
} from '../../shared/job/start-event.ts';

const byHand = z.strictObject({
  database: z.string(),
  label: z.optional(z.string()),
  views: z.optional(
    z
      .array(z.string())
      .check(z.minLength(1, { error: 'names at least one view; leave it out for all' }), z.maxLength(1_000)),
  ),
  /** Also whatever reads the named views, and so on. */
  withDependents: z.optional(z.boolean()),
  /** Also what has not changed. */
  force: z.optional(z.boolean()),
  dryRun,
});

export type MatviewRefreshEvent =
  | { readonly kind: 'schedule'; readonly body: z.output<typeof scheduledEvent> }
  | { readonly kind: 'by hand'; readonly body: z.output<typeof byHand> };

/** What one run is asked to do. */
export interface MatviewRefreshRequest extends SlotRequest {
  readonly instance: string;
  readonly settings: MatviewRefreshConfig;
  /** As `formatTableName` spells them; null for all that the config does not leave out. */
  readonly views: readonly string[] | null;
  readonly withDependents: boolean;
  readonly force: boolean;
}

const expected = `matview-refresh starts from one of:
  - a schedule: { "trigger": "schedule", "database": "menotime", "scheduledTime": "2026-01-02T06:00:00Z" }
  - by hand: { "database": "menotime", "label": "after-the-import", "views": ["public.mv_monthly_costs"], "withDependents": true, "force": true, "dryRun": true }, all but "database" optional`;

/** Tells the two kinds of event apart. Throws EventRefusedError, with what was expected, for anything else. */
export function parseEvent(raw: unknown): MatviewRefreshEvent {
  const event = requireObject(raw, expected);
  return 'trigger' in event
    ? { kind: 'schedule', body: checkEvent(scheduledEvent, raw, expected) }
    : { kind: 'by hand', body: checkEvent(byHand, raw, expected) };
}

/** What the event asks for, with everything that the config says of its database. Throws EventRefusedError. */
export function interpretEvent(
  event: MatviewRefreshEvent,
  config: StageConfig,
  now: Date,
): MatviewRefreshRequest {
  const { body } = event;
  const common = { ...basics(body.database, config), dryRun: body.dryRun ?? false };
  if (event.kind === 'schedule') {
    const slot = minuteSlot(new Date(event.body.scheduledTime));
    return { ...common, slot, trigger: 'by its schedule', views: null, withDependents: false, force: false };
  }
  const { label, views, withDependents = false, force = false } = event.body;
  requireLabel(label);
  if (withDependents && views === undefined) {
    throw new EventRefusedError('"withDependents" goes with "views": without them, every view is refreshed.');
  }
  return {
    ...common,
    slot: label ?? secondSlot(now),
    trigger: 'by hand',
    views: views === undefined ? null : requireTableNames('view', views),
    withDependents,
    force,
  };
}

function basics(database: string, config: StageConfig) {
  const found = Object.hasOwn(config.databases, database) ? config.databases[database] : undefined;
  if (found?.matviewRefresh) return { database, instance: found.instance, settings: found.matviewRefresh };
  const usable = Object.keys(config.databases).filter((name) => config.databases[name]?.matviewRefresh);
  throw new EventRefusedError(
    `The config has no "matviewRefresh" for a database ${quoted(database)}. It has one for: ${usable.join(', ') || 'none'}.`,
  );
}
