import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import type { AlarmRow } from './alarm-row.ts';
import { matchesName } from './matches.ts';
import { parseAlarmArn } from './normalise/alarm-arn.ts';

/** An event is on its way for so long: what changed later is left to it. */
const onTheWayMs = 3 * 60_000;

/** It is on and nobody knows, or people think that it is on and it is not. */
export function isUntold(
  alarm: MetricAlarm | CompositeAlarm,
  row: AlarmRow | undefined,
  { insufficientData, now }: Pick<AlarmsConfig, 'insufficientData'> & { readonly now: Date },
): boolean {
  const changedAt = (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime();
  if (changedAt === undefined || now.getTime() - changedAt < onTheWayMs) return false;
  if (row && isHeardAgain(alarm, row)) return true;
  if (row && Date.parse(row.alert.at) >= changedAt) return false;
  if (alarm.StateValue === 'OK') return row?.alert.state === 'ALARM' && !row.alert.momentary;
  const isOn = alarm.StateValue === 'ALARM' || insufficientData === 'alarm';
  return isOn && (row?.alert.state !== 'ALARM' || row.alert.momentary);
}

/** What suppressed its actions has ended, and it is still on; a metric's alarm does not say who mutes it. */
function isHeardAgain(alarm: MetricAlarm | CompositeAlarm, { held, alert }: AlarmRow): boolean {
  if (!('AlarmRule' in alarm) || alarm.StateValue !== 'ALARM' || alarm.ActionsSuppressedBy) return false;
  return held !== null && alert.quiet !== null && alert.state === 'ALARM';
}

interface Looked {
  readonly account: string;
  readonly region: string;
  /** Names that CloudWatch was asked for, and ARNs that it answered. */
  readonly patterns: readonly string[];
  readonly seen: ReadonlySet<string>;
  readonly now: Date;
}

/** The alarm that a row is of, where that is on and CloudWatch does not know it any more. */
export function goneAlarm({ alert }: AlarmRow, looked: Looked): GoneAlarm | undefined {
  const { account, region, source, momentary, state, key, at } = alert;
  const [alarmArn = '', contributor = null] = key.split(/:contributor:(?!.*:contributor:)/s);
  const named = parseAlarmArn(alarmArn);
  if (!named || source !== 'cloudwatch' || momentary || state !== 'ALARM') return undefined;
  if (account !== looked.account || region !== looked.region || looked.seen.has(alarmArn)) return undefined;
  if (looked.now.getTime() - Date.parse(at) < onTheWayMs) return undefined;
  return matchesName(looked.patterns, named.name)
    ? { arn: alarmArn, name: named.name, contributor }
    : undefined;
}

export interface GoneAlarm {
  readonly arn: string;
  readonly name: string;
  /** Of an alarm that looks at several series, which one. */
  readonly contributor: string | null;
}
