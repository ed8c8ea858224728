import * as z from 'zod/mini';
import { checkEvent } from '../../shared/job/start-event.ts';

const asked = z.strictObject({ database: z.string() });

/** Throws EventRefusedError for anything but `{ "database": "menotime" }`. */
export function parseEvent(raw: unknown): { readonly database: string } {
  return checkEvent(asked, raw, 'alarm-context is asked by alarm-fanout: { "database": "menotime" }');
}
