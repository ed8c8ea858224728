import * as z from 'zod/mini';
import { momentSchema } from './moment.ts';
import type { Trigger } from './observed.ts';
import { check } from './refuse.ts';

const triggers = z.lazy(() => {
  const sink = z
    .string()
    .check(z.regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'the name of a sink'), z.maxLength(100));
  const scheduledTime = momentSchema();
  return z.discriminatedUnion('trigger', [
    z.strictObject({ trigger: z.literal('tick'), scheduledTime: z.optional(scheduledTime) }),
    z.strictObject({ trigger: z.literal('heartbeat'), scheduledTime }),
    z.strictObject({
      trigger: z.literal('digest'),
      sink,
      windowId: z.string().check(z.minLength(1), z.maxLength(200)),
    }),
    z.strictObject({ trigger: z.literal('test'), sink }),
  ]);
});

/** Throws EventRefusedError for a trigger that there is not, or with other fields than it has. */
export function observeTrigger(raw: object): Trigger {
  const found = check(triggers, raw, 'a trigger');
  return found.trigger === 'tick' ? { kind: 'trigger', trigger: 'tick' } : { kind: 'trigger', ...found };
}
