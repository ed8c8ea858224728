import * as z from 'zod/mini';
import { type AlarmArn, alarmArn, parseAlarmArn } from './alarm-arn.ts';
import { detailSchema, observeDetail } from './alarm-detail.ts';
import { momentSchema } from './moment.ts';
import type { Observed, ObservedAlarm } from './observed.ts';
import { check, loosely, refuse } from './refuse.ts';

/** CloudWatch's events about alarms, by EventBridge. */

const stateChange = 'CloudWatch Alarm State Change';
const contributorChange = 'CloudWatch Alarm Contributor State Change';
const configurationChange = 'CloudWatch Alarm Configuration Change';

function envelope<Detail extends z.ZodMiniType>(detail: Detail) {
  return z.object({
    account: z.string().check(z.regex(/^\d{12}$/, 'an account id of 12 digits')),
    region: z.string().check(z.minLength(1), z.maxLength(30)),
    time: momentSchema(),
    resources: loosely(z.array(z.string())),
    detail,
  });
}

const changed = z.lazy(() => envelope(detailSchema()));
const configured = z.lazy(() =>
  envelope(z.extend(detailSchema(), { operation: z.enum(['create', 'update', 'delete']) })),
);

/** Throws EventRefusedError for what is none of the three. */
export function observeAlarmEvent(raw: object & { readonly 'detail-type'?: unknown }): Observed {
  switch (raw['detail-type']) {
    case stateChange:
    case contributorChange: {
      const event = check(changed, raw, `the event "${raw['detail-type']}"`);
      return observeDetail(event.detail, alarmOf(event), event.time);
    }
    case configurationChange: {
      const event = check(configured, raw, `the event "${configurationChange}"`);
      if (event.detail.operation !== 'delete') {
        return {
          kind: 'ignored',
          why: `an alarm was changed (${event.detail.operation}): its state tells itself`,
        };
      }
      return observeDeleted(observeDetail(event.detail, alarmOf(event), event.time), event.time);
    }
    default:
      return refuse(`it is of the source aws.cloudwatch, and none of its events about alarms`);
  }
}

/**
 * Nothing else will ever end it. Whatever its state was: it may have gone from ALARM to INSUFFICIENT_DATA, which is no
 * recovery. EventBridge says the second, and the alarm may have gone on within it.
 */
function observeDeleted(alarm: ObservedAlarm, time: string): ObservedAlarm {
  const at = time.replace(/\.000Z$/, '.999Z');
  return { ...alarm, state: 'OK', at, quiet: null, deleted: true };
}

interface Named {
  readonly account: string;
  readonly region: string;
  readonly resources?: readonly string[] | null | undefined;
  readonly detail: { readonly alarmName: string };
}

function alarmOf({ account, region, resources, detail }: Named): AlarmArn {
  const found = parseAlarmArn(resources?.[0] ?? '');
  if (found) return found;
  const name = detail.alarmName;
  return { arn: alarmArn({ region, account, name }), region, account, name };
}
