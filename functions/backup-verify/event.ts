import * as z from 'zod/mini';
import type { StageConfig } from '../../shared/config/schema.ts';
import { EventRefusedError } from '../../shared/job/errors.ts';
import type { SlotRequest } from '../../shared/job/run-slot.ts';
import { nightSlot } from '../../shared/job/slot.ts';
import {
  checkEvent,
  dryRun,
  quoted,
  requireLabel,
  requireObject,
  scheduledEvent,
} from '../../shared/job/start-event.ts';
import type { Expected } from './expected.ts';

const byHand = z.strictObject({
  database: z.string(),
  label: z.optional(z.string()),
  dryRun,
});

export type VerifyEvent =
  | { readonly kind: 'schedule'; readonly body: z.output<typeof scheduledEvent> }
  | { readonly kind: 'by hand'; readonly body: z.output<typeof byHand> };

/** What one run is asked to do, with all that the checks hold against. */
export interface VerifyRequest extends SlotRequest, Expected {}

const expected = `backup-verify starts from one of:
  - a schedule: { "trigger": "schedule", "database": "menotime", "scheduledTime": "2026-01-02T06:00:00Z" }
  - by hand: { "database": "menotime", "label": "after-repair", "dryRun": true }, all but "database" optional`;

/** Tells the two kinds of event apart. Throws EventRefusedError, with what was expected, for anything else. */
export function parseEvent(raw: unknown): VerifyEvent {
  const event = requireObject(raw, expected);
  return 'trigger' in event
    ? { kind: 'schedule', body: checkEvent(scheduledEvent, raw, expected) }
    : { kind: 'by hand', body: checkEvent(byHand, raw, expected) };
}

/** What the event asks for, with everything that the config says of its database. Throws EventRefusedError. */
export function interpretEvent(event: VerifyEvent, config: StageConfig, now: Date): VerifyRequest {
  const { database, dryRun = false } = event.body;
  const base = { ...expectedOf(database, config), database, dryRun };
  switch (event.kind) {
    case 'schedule':
      return { ...base, slot: nightSlot(new Date(event.body.scheduledTime)), trigger: 'by its schedule' };
    case 'by hand': {
      const { label } = event.body;
      requireLabel(label);
      return { ...base, slot: label ?? nightSlot(now), trigger: 'by hand' };
    }
  }
}

function expectedOf(database: string, config: StageConfig): Expected {
  const found = Object.hasOwn(config.databases, database) ? config.databases[database] : undefined;
  if (!found?.backupVerify) {
    const usable = Object.keys(config.databases).filter((name) => config.databases[name]?.backupVerify);
    throw new EventRefusedError(
      `The config has no "backupVerify" for a database ${quoted(database)}. It has one for: ${usable.join(', ') || 'none'}.`,
    );
  }
  return {
    instance: found.instance,
    region: config.region,
    account: config.account,
    settings: found.backupVerify,
    copyTo: found.snapshotExport?.copyTo ?? null,
    isExported: found.snapshotExport !== undefined,
    isDrilled: found.restoreDrill !== undefined,
  };
}
