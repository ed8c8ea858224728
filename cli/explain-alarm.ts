import { oneLine } from '../functions/alarm-delivery/plain-text.ts';
import { classify } from '../functions/alarm-fanout/classify.ts';
import { normalise } from '../functions/alarm-fanout/normalise/normalise.ts';
import type { Observed } from '../functions/alarm-fanout/normalise/observed.ts';
import { queuedMessages } from '../functions/alarm-fanout/normalise/queued-message.ts';
import { type Plan, plan } from '../functions/alarm-fanout/plan.ts';
import type { Deployment } from '../infra/aws/deployment.ts';
import type { Alert } from '../shared/alarm/alert.ts';
import type { AlarmsConfig } from '../shared/config/schema.ts';
import { whyItStaysOut } from './alarm-arrival.ts';

/** What one event would come to, as if nothing were known of its alarm. */
export interface Explained {
  readonly alert: Alert | null;
  readonly plan: Plan['kind'] | 'ignore' | 'do';
  readonly reason: string;
  readonly sinks: readonly string[];
  /** Why the event would never come; null where it would, or where that is its sender's matter. */
  readonly staysOut: string | null;
}

interface Place {
  readonly deployment: Deployment;
  readonly alarms: AlarmsConfig;
  readonly now: Date;
}

/** An event as its source sends it, or a batch as Lambda hands it on. Throws EventRefusedError for what is neither. */
export function explainEvent(event: object, place: Place): Explained[] {
  const staysOut = whyItStaysOut(event, place.deployment);
  return queuedMessages(event)
    .flatMap((message) => normalise({ ...message, sentAt: message.sentAt ?? place.now.toISOString() }))
    .map((observed) => ({ ...explainOne(observed, place), staysOut }));
}

function explainOne(observed: Observed, place: Place): Omit<Explained, 'staysOut'> {
  if (observed.kind === 'ignored') return { alert: null, plan: 'ignore', reason: observed.why, sinks: [] };
  if (observed.kind === 'trigger') return { alert: null, plan: 'do', reason: observed.trigger, sinks: [] };
  const alert = classify(observed, place.deployment);
  const planned = planOf(alert, place);
  const sinks = planned.kind === 'drop' ? [] : planned.row.outbox.flatMap(({ to }) => Object.keys(to));
  return { alert, plan: planned.kind, reason: planned.reason, sinks: [...new Set(sinks)] };
}

/** A recovery is told to those who were told of the alarm: as if that had come a minute before. */
function planOf(alert: Alert, { alarms: config, now }: Place): Plan {
  const facts = { config, silences: [], inhibitors: [], changes: [], now };
  if (alert.state !== 'OK') return plan(alert, undefined, facts);
  const on: Alert = { ...alert, state: 'ALARM', at: new Date(Date.parse(alert.at) - 60_000).toISOString() };
  const before = plan(on, undefined, facts);
  return plan(alert, before.kind === 'drop' ? undefined : { ...before.row, outbox: [] }, facts);
}

const words: Readonly<Record<Exclude<Explained['plan'], 'do'>, string>> = {
  tell: 'goes to',
  hold: 'is held back',
  note: 'is noted',
  drop: 'is dropped',
  ignore: 'is ignored',
};

/** For people, without whatever a terminal would obey: what it is, where it goes and why, and whether it would come at all. */
export function describeExplained(explained: Explained): string {
  return linesOf(explained).map(clean).join('\n');
}

/** A line by itself, with its indentation. */
function clean(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ''}${oneLine(line)}`;
}

function linesOf({ alert, plan: planned, reason, sinks, staysOut }: Explained): string[] {
  if (planned === 'do') return [`It orders a ${reason}, and is no alarm.`];
  const place = sinks.length > 0 ? ` ${sinks.join(', ')}` : '';
  const told = alert?.state === 'OK' && planned === 'tell' ? ', who were told of the alarm' : '';
  const what = `It ${words[planned]}${place}${told}: ${reason}.`;
  if (alert === null) return [what];
  const { severity, state, database, summary, runbook, key } = alert;
  return [
    `${severity} ${state}${database === null ? '' : ` of ${database}`}: ${summary}`,
    ...(staysOut === null
      ? [`  ${what}`]
      : [
          `  It never comes: ${staysOut}.`,
          `  If it came: ${what.slice(0, 1).toLowerCase()}${what.slice(1)}`,
        ]),
    `  Its key is ${key}; its runbook ${runbook ?? 'is not known'}.`,
  ];
}
