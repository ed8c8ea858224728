import type { Severity } from './severity.ts';

/** CloudWatch's own words; an RDS event or a failed run of ours is ALARM, and what ends it OK. */
export const alarmStates = ['ALARM', 'OK', 'INSUFFICIENT_DATA'] as const;
export type AlarmState = (typeof alarmStates)[number];

export const alertSources = ['cloudwatch', 'rds', 'job', 'heartbeat', 'test'] as const;
export type AlertSource = (typeof alertSources)[number];

/** One change of state of one alarm, whichever way it came and whatever shape it had. */
export interface Alert {
  /** The alarm's ARN; of what is no alarm, an ARN of the same form that names it. Two of one key are the same alarm. */
  readonly key: string;
  readonly name: string;
  readonly source: AlertSource;
  readonly state: AlarmState;
  /** When the state changed: ISO 8601 in UTC, with milliseconds. */
  readonly at: string;
  readonly account: string;
  readonly region: string;
  /** The database's name in the config; null where the alarm is about none of them, or about several. */
  readonly database: string | null;
  /** The RDS instance that it names; null as above. */
  readonly instance: string | null;
  readonly severity: Severity;
  /** It happened, and is over: no recovery follows, and none is told. */
  readonly momentary: boolean;
  /** One line for people, without markup: what is wrong, with value and limit in units that people use. */
  readonly summary: string;
  /** What its maker wrote about it. */
  readonly description: string | null;
  /** The service's own words for why it changed. */
  readonly reason: string | null;
  readonly metric: AlertMetric | null;
  /** A page or a path in the project. */
  readonly runbook: string | null;
  /** Keys of the alarms that a composite alarm stands for; empty for every other. */
  readonly children: readonly string[];
  /** CloudWatch itself holds back what the alarm would do: a mute rule, or a composite alarm's suppressor. */
  readonly quiet: { readonly by: string; readonly until: string | null } | null;
}

/** What an alarm on a single metric looks at, as CloudWatch names it. */
export interface AlertMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: string;
  readonly periodSeconds: number;
  /** In the metric's own unit; null where the event does not say. */
  readonly value: number | null;
  /** Null for a band of anomaly detection, which is no fixed number. */
  readonly threshold: number | null;
}
