import type { Alert } from '../../../shared/alarm/alert.ts';
import type { Severity } from '../../../shared/alarm/severity.ts';

/** What a message on the queue says, before config and tags are looked at. */
export type Observed = Tellable | Trigger | Ignored;

/** What an alert is made of. */
export type Tellable = ObservedAlarm | ObservedEvent | ObservedRun;

/** A change of state of a CloudWatch alarm, the same whichever way it came. */
export interface ObservedAlarm
  extends Pick<
    Alert,
    | 'key'
    | 'name'
    | 'state'
    | 'at'
    | 'account'
    | 'region'
    | 'description'
    | 'reason'
    | 'metric'
    | 'children'
    | 'quiet'
  > {
  readonly kind: 'alarm';
  /** The alarm itself, also where the key is that of one of its series. */
  readonly arn: string;
  readonly shows: Shown;
  /** The RDS instances that its metrics are of; none, one or several. */
  readonly instances: readonly string[];
  /** It is over because somebody deleted it. */
  readonly deleted: boolean;
}

/** What an alarm compares with what. */
export interface Shown {
  /** A metric's name, an expression's label; null where it says neither. */
  readonly what: string | null;
  /** CloudWatch's unit, such as `Bytes`; null where the event does not say. */
  readonly unit: string | null;
  readonly value: number | null;
  readonly threshold: number | null;
  /** Of anomaly detection: what was to be expected. One side may be open. */
  readonly band: Band | null;
  /** It went on because nothing was measured. */
  readonly noData: boolean;
  /** Which of its series, where it looks at several. */
  readonly of: string | null;
}

export interface Band {
  readonly lower: number | null;
  readonly upper: number | null;
}

/** An event of RDS: a condition that began or ended, or something that happened. */
export interface ObservedEvent extends Pick<Alert, 'state' | 'at' | 'account' | 'region' | 'momentary'> {
  readonly kind: 'rds';
  /** `not-running`, `failover`, … */
  readonly condition: string;
  readonly severity: Severity;
  /** What the event is of: an instance, a snapshot, a proxy, … */
  readonly sourceId: string;
  /** Null where it is of a snapshot whose name does not say, or of no instance. */
  readonly instance: string | null;
  /** RDS's own words. */
  readonly message: string;
  /** `RDS-EVENT-0087`; null in old events. */
  readonly eventId: string | null;
}

/** What a failed run of Nightshift's own told the alert topic. */
export interface ObservedRun {
  readonly kind: 'run';
  readonly job: string;
  /** Null for a job of the whole stage. */
  readonly database: string | null;
  readonly slot: string | null;
  readonly at: string;
  readonly text: string;
}

/** What starts alarm-fanout besides alarms: Scheduler, itself, and whoever tries a sink. */
export type Trigger = { readonly kind: 'trigger' } & (
  | { readonly trigger: 'tick' }
  | { readonly trigger: 'heartbeat'; readonly scheduledTime: string }
  | { readonly trigger: 'digest'; readonly sink: string; readonly windowId: string }
  | { readonly trigger: 'test'; readonly sink: string }
);

/** Understood, and nothing that people are told of. */
export interface Ignored {
  readonly kind: 'ignored';
  readonly why: string;
}
