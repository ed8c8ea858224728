import * as z from 'zod/mini';
import type { PlainRequest } from '../../shared/job/plain-job.ts';
import { checkEvent, dryRun, eventTime, requireObject } from '../../shared/job/start-event.ts';

const schedule = z.strictObject({
  trigger: z.literal('schedule'),
  scheduledTime: eventTime,
  /** Only what is left of this one's drills. */
  database: z.optional(z.string()),
  dryRun,
});
const byHand = z.strictObject({ database: z.optional(z.string()), dryRun });

export interface ReaperRequest extends PlainRequest {
  /** Null for all. */
  readonly database: string | null;
}

const expected = `drill-reaper starts from one of:
  - a schedule: { "trigger": "schedule", "scheduledTime": "2026-01-04T08:00:00Z" }
  - by hand: { "database": "menotime", "dryRun": true }, both optional`;

/** Throws EventRefusedError, with what was expected, for anything else. */
export function parseEvent(raw: unknown): ReaperRequest {
  const isScheduled = 'trigger' in requireObject(raw, expected);
  const body = checkEvent(isScheduled ? schedule : byHand, raw, expected);
  return {
    database: body.database ?? null,
    dryRun: body.dryRun ?? false,
    trigger: isScheduled ? 'by its schedule' : 'by hand',
  };
}
