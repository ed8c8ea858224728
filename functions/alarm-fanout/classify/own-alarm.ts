import type { AlertMetric } from '../../../shared/alarm/alert.ts';
import type { Severity } from '../../../shared/alarm/severity.ts';
import type { ObservedAlarm } from '../normalise/observed.ts';
import { type About, kindOf } from './own-alarm-kinds.ts';

/** What is known of an alarm that the template makes for Nightshift itself. */
export interface OwnAlarm {
  readonly severity: Severity;
  /** A failed run is over at once: that no more of them came is no recovery. */
  readonly momentary: boolean;
  readonly runbook: string | null;
  readonly on: string;
  readonly over: string;
}

/** Undefined for an alarm that is not Nightshift's own, and for one of its databases' metrics. */
export function ownAlarm(alarm: ObservedAlarm, stage: string): OwnAlarm | undefined {
  const { name, metric, description, children } = alarm;
  const prefix = `nightshift-${stage}-`;
  if (!name.startsWith(prefix)) return undefined;
  if (children.length > 0 && name.endsWith('-down')) return downAlarm(name.slice(prefix.length), description);
  if (!metric) return undefined;
  const kind = kindOf(metric);
  if (!kind) return undefined;
  const { Database: database, service, FunctionName, QueueName } = metric.dimensions;
  const job = service ?? withoutPrefix(FunctionName ?? QueueName ?? name, prefix);
  const about: About = {
    job,
    of: database === undefined ? '' : ` of ${database}`,
    value: number(metric.value),
    limit: number(metric.threshold),
    description: (description ?? '').split('\n')[0]?.replace(/[.:].*$/, '') ?? '',
  };
  return {
    severity: kind.severity,
    momentary: kind.momentary ?? false,
    runbook: runbookOf(runbookJob(metric, job)),
    on: kind.on(about),
    over: kind.over(about),
  };
}

/** Of the one composite alarm that the template makes: an instance of which nothing is measured any longer. */
function downAlarm(name: string, description: string | null): OwnAlarm {
  const database = name.slice(0, -'-down'.length);
  return {
    severity: 'critical',
    momentary: false,
    runbook: null,
    on: description?.split('. ')[0] || `The instance of ${database} is down`,
    over: `The instance of ${database} is measured again`,
  };
}

function withoutPrefix(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

const number = (value: number | null) => (value === null ? 'some' : String(Math.round(value * 10) / 10));

/** The age of the last drill is measured by the daily checks. */
const runbookJob = ({ name }: AlertMetric, job: string) => (name === 'DrillAgeDays' ? 'restore-drill' : job);

const runbooks: ReadonlyMap<string, string> = new Map([
  ['drill-reaper', 'restore-drill'],
  ...[
    'audit-archive',
    'backup-verify',
    'db-maintenance',
    'matview-refresh',
    'restore-drill',
    'snapshot-export',
  ].map((job) => [job, job] as const),
]);

/** Where a job's failures are described; null for what is no job. */
export function runbookOf(job: string): string | null {
  const page = runbooks.get(job);
  return page === undefined ? null : `docs/runbooks/${page}.md`;
}
