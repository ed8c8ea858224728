import type { Alert } from '../../shared/alarm/alert.ts';
import type { StageConfig } from '../../shared/config/schema.ts';
import { findDatabase } from './classify/database.ts';
import { ownAlarm, runbookOf } from './classify/own-alarm.ts';
import {
  databaseRunbook,
  linkedRunbook,
  runbookIn,
  runbookOfCondition,
  runbookOfTag,
} from './classify/runbook.ts';
import { findSeverity } from './classify/severity.ts';
import { summarise } from './classify/summary.ts';
import { configuredSeverity } from './classify/watched-metric.ts';
import { alarmArn, alarmKey, parseAlarmArn } from './normalise/alarm-arn.ts';
import type { ObservedAlarm, ObservedEvent, ObservedRun, Tellable } from './normalise/observed.ts';
import { longest, oneLine } from './normalise/text.ts';

export interface Stage {
  readonly stage: string;
  readonly config: StageConfig;
}

/** An alarm's tags; empty where they could not be read, and for what is no alarm. */
export type Tags = Readonly<Record<string, string | undefined>>;

/** What was observed, with all that config, tags and names say of it. */
export function classify(observed: Tellable, stage: Stage, tags: Tags = {}): Alert {
  const alert = classifyByKind(observed, stage, tags);
  return { ...alert, runbook: linkedRunbook(alert.runbook, stage.config.alarms?.runbookBase) };
}

function classifyByKind(observed: Tellable, stage: Stage, tags: Tags): Alert {
  switch (observed.kind) {
    case 'alarm':
      return classifyAlarm(observed, stage, tags);
    case 'rds':
      return classifyEvent(observed, stage);
    case 'run':
      return classifyRun(observed, stage);
  }
}

function classifyAlarm(alarm: ObservedAlarm, { stage, config }: Stage, tags: Tags): Alert {
  const { name, metric, description } = alarm;
  const own = ownAlarm(alarm, stage);
  const {
    'nightshift:severity': severity,
    'nightshift:database': database,
    'nightshift:runbook': runbook,
  } = tags;
  const concerned = findDatabase(
    {
      named: metric?.namespace === 'Nightshift' ? metric.dimensions.Database : undefined,
      instances: alarm.instances,
      prefixed: [name, ...alarm.children.map((child) => parseAlarmArn(child)?.name ?? '')],
      tag: database,
    },
    stage,
    config,
  );
  const configured = configuredSeverity({ alarm, stage, database: concerned.database }, config);
  const { kind: _, arn: _arn, shows: _shows, instances, deleted: _deleted, ...kept } = alarm;
  return {
    ...kept,
    ...concerned,
    source: 'cloudwatch',
    severity: findSeverity({ name, tag: severity, usual: own?.severity ?? configured }, config),
    momentary: own?.momentary ?? false,
    summary: summarise(alarm, own),
    runbook:
      runbookIn(description) ??
      runbookOfTag(runbook) ??
      own?.runbook ??
      (instances.length > 0 ? databaseRunbook : null),
  };
}

/** An alarm's name and key, for what CloudWatch has no alarm on. */
const nothingOfCloudWatch = { description: null, metric: null, children: [], quiet: null } as const;

function classifyEvent(event: ObservedEvent, { stage, config }: Stage): Alert {
  const { state, at, account, region, momentary, condition, sourceId, instance, message, eventId } = event;
  const name = oneLine(`rds/${instance ?? sourceId}/${condition}`, longest.name);
  return {
    ...nothingOfCloudWatch,
    ...findDatabase({ instances: instance === null ? [] : [instance], prefixed: [sourceId] }, stage, config),
    key: alarmKey(alarmArn({ region, account, name })),
    name,
    source: 'rds',
    state,
    at,
    account,
    region,
    momentary,
    severity: findSeverity({ name, tag: undefined, usual: event.severity }, config),
    summary: oneLine(`${sourceId}: ${message}`, longest.summary),
    reason: eventId === null ? message : `${eventId}: ${message}`,
    // An export that failed, or a copy: what to do stands with the job that makes them.
    runbook: /^(export|copy)-/.test(condition) ? runbookOf('snapshot-export') : runbookOfCondition(condition),
  };
}

/** It is known by the alarm that counts it: both are the same failure, and only one knows the reason. */
function classifyRun({ job, database, slot, at, text }: ObservedRun, { stage, config }: Stage): Alert {
  const { account, region } = config;
  const name = `nightshift-${stage}-${job}${database === null ? '' : `-${database}`}-failed`;
  const who = database === null ? job : `${job} of ${database}`;
  const which = slot === null ? '' : `, slot ${slot},`;
  return {
    ...nothingOfCloudWatch,
    ...findDatabase({ named: database }, stage, config),
    key: alarmKey(alarmArn({ region, account, name })),
    name,
    source: 'job',
    state: 'ALARM',
    at,
    account,
    region,
    momentary: true,
    severity: findSeverity({ name, tag: undefined, usual: 'warning' }, config),
    summary: oneLine(`${who}${which} failed${reasonIn(text)}`, longest.summary),
    reason: text,
    runbook: runbookOf(job),
  };
}

/** A run's message says who it is, then why it failed, then where to look. */
function reasonIn(text: string): string {
  const reason = text.split('\n\n')[1]?.split('\n')[0] ?? '';
  return reason === '' ? '' : `: ${reason}`;
}
