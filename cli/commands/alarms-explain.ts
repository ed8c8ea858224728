import type { Command } from 'commander';
import { classify } from '../../functions/alarm-fanout/classify.ts';
import { normalise } from '../../functions/alarm-fanout/normalise/normalise.ts';
import type { Observed } from '../../functions/alarm-fanout/normalise/observed.ts';
import { plan } from '../../functions/alarm-fanout/plan.ts';
import { configFileInUse, readStage } from '../../infra/build/stage.ts';
import type { Alert } from '../../shared/alarm/alert.ts';
import type { StageConfig } from '../../shared/config/schema.ts';
import { alarmsOf } from '../alarm-context.ts';
import { readEvent } from '../event-file.ts';
import { UsageError } from '../failure.ts';
import { print } from '../options.ts';
import { demoStage, type TargetOptions } from '../target.ts';

interface ExplainOptions extends TargetOptions {
  readonly json: boolean;
  readonly event: string;
  readonly at?: string;
}

/** What one event would come to, as if nothing were known of its alarm. */
interface Explained {
  readonly alert: Alert | null;
  readonly plan: 'tell' | 'hold' | 'note' | 'drop' | 'ignore' | 'do';
  readonly reason: string;
  readonly sinks: readonly string[];
}

export function addAlarmsExplain(alarms: Command): Command {
  return alarms
    .command('explain')
    .description('where an event would go, and why; calls nothing')
    .requiredOption('--event <file>', 'an event as its source sends it; - for standard input')
    .option('--at <time>', 'as if it came then, such as 2026-11-21T03:00:00Z (default: now)')
    .addHelpText(
      'after',
      '\nIt takes the config alone: an alarm’s tags, silences set by hand, and what is on already are not looked at.\n\nExample:\n  nightshift alarms explain --event events/alarm-fanout.eventbridge-metric.json --at 2026-11-21T03:00:00Z --stage prod',
    )
    .action(explain);
}

async function explain(options: ExplainOptions): Promise<void> {
  const stage = options.stage ?? process.env.NIGHTSHIFT_STAGE ?? demoStage;
  const config = await readStage({ stage, configFile: options.config ?? configFileInUse() });
  const now = options.at === undefined ? new Date() : momentOf(options.at);
  const event = await readEvent(options.event);
  const explained = messagesOf(event)
    .flatMap((message) => normalise(message))
    .map((observed) => explainOne(observed, { stage, config }, now));
  print(options, explained, () => explained.map(describe).join('\n\n'));
}

function momentOf(text: string): Date {
  const at = new Date(text);
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(at.getTime())) return at;
  throw new UsageError(`--at takes a time such as 2026-11-21T03:00:00Z, not ${JSON.stringify(text)}.`);
}

interface Record {
  readonly body?: unknown;
  readonly messageAttributes?: { readonly [name: string]: { readonly stringValue?: string } };
}

/** A batch as Lambda hands it to the function, or one event as its source sends it. */
function messagesOf(event: object) {
  const records = 'Records' in event && Array.isArray(event.Records) ? (event.Records as Record[]) : [];
  const queued = records.filter(({ body }) => typeof body === 'string');
  if (queued.length === 0) return [{ body: JSON.stringify(event), attributes: {}, sentAt: null }];
  return queued.map(({ body, messageAttributes = {} }) => ({
    body: String(body),
    attributes: Object.fromEntries(
      Object.entries(messageAttributes).flatMap(([name, { stringValue }]) =>
        stringValue === undefined ? [] : [[name, stringValue]],
      ),
    ),
    sentAt: null,
  }));
}

function explainOne(
  observed: Observed,
  stage: { readonly stage: string; readonly config: StageConfig },
  now: Date,
): Explained {
  if (observed.kind === 'ignored') return { alert: null, plan: 'ignore', reason: observed.why, sinks: [] };
  if (observed.kind === 'trigger') {
    return { alert: null, plan: 'do', reason: `it orders a ${observed.trigger}`, sinks: [] };
  }
  const config = alarmsOf(stage.stage, stage.config);
  const alert = classify(observed, stage);
  // A recovery is told to those who were told of the alarm: as if that had come a minute before.
  const on: Alert = { ...alert, state: 'ALARM', at: new Date(Date.parse(alert.at) - 60_000).toISOString() };
  const facts = { config, silences: [], inhibitors: [], changes: [], now };
  const before = alert.state === 'OK' ? plan(on, undefined, facts) : undefined;
  const planned = plan(
    alert,
    before && before.kind !== 'drop' ? { ...before.row, outbox: [] } : undefined,
    facts,
  );
  const sinks = planned.kind === 'drop' ? [] : planned.row.outbox.flatMap(({ to }) => Object.keys(to));
  return { alert, plan: planned.kind, reason: planned.reason, sinks };
}

const words: Readonly<globalThis.Record<Explained['plan'], string>> = {
  tell: 'goes to',
  hold: 'is held back',
  note: 'is noted',
  drop: 'is dropped',
  ignore: 'is ignored',
  do: 'is an order',
};

function describe({ alert, plan: planned, reason, sinks }: Explained): string {
  const what = `${words[planned]}${sinks.length > 0 ? ` ${sinks.join(', ')}` : ''}: ${reason}.`;
  if (alert === null) return `It ${what}`;
  const { severity, state, database, summary, runbook, key } = alert;
  return [
    `${severity} ${state}${database === null ? '' : ` of ${database}`}: ${summary}`,
    `  It ${what}`,
    `  Its key is ${key}; its runbook ${runbook ?? 'is not known'}.`,
  ].join('\n');
}
