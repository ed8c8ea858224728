import * as z from 'zod/mini';
import { parseAlarmArn } from './alarm-arn.ts';
import { detailSchema, observeDetail } from './alarm-detail.ts';
import { momentSchema } from './moment.ts';
import type { ObservedAlarm } from './observed.ts';
import { check, refuse } from './refuse.ts';

/** What an alarm sends to a function as its action; alarm-intake puts it on the queue as it is. */

const action = z.lazy(() =>
  z.object({ alarmArn: z.string(), time: momentSchema(), alarmData: detailSchema() }),
);

/** Throws EventRefusedError, also for the console's test event, whose ARN is none. */
export function observeAlarmAction(raw: object): ObservedAlarm {
  const event = check(action, raw, 'the direct action of an alarm');
  const alarm = parseAlarmArn(event.alarmArn);
  if (!alarm)
    return refuse('as the direct action of an alarm it has a fault:\n  - alarmArn: is no ARN of an alarm');
  return observeDetail(event.alarmData, alarm, event.time);
}
