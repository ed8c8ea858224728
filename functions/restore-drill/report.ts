import type { Message } from '../../shared/job/message.ts';
import type { Measurement } from '../../shared/job/metrics.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import type { DrillReport } from '../../shared/verify/drill-report.ts';
import { countStatus, type Finding } from '../../shared/verify/finding.ts';
import { type Course, type SafetySnapshot, secondsBetween } from './course.ts';
import { type CutOver, describeCutOver } from './cut-over.ts';
import { describeFinding, describeRun, type PastDrill } from './describe-run.ts';
import type { CostLine } from './estimate.ts';
import type { DrillRequest, Wanted } from './event.ts';
import { type Action, actionsOf, type RestorePlan } from './plan.ts';

/** What a dry run answers: everything that would be done, with reasons, and what it would cost at most. */
export interface PlanReport {
  readonly kind: 'plan';
  readonly database: string;
  readonly slot: string;
  readonly restoredTo: string;
  readonly actions: readonly Action[];
  readonly estimatedCost: readonly CostLine[];
}

/** This job's part of the run record: a drill's, or that of a real restore, whose instance stays. */
export interface DrillRunReport extends DrillReport {
  readonly kind: 'drill' | 'recovery';
  /** What a later event with the same label must ask for as well. */
  readonly asked: Asked;
  readonly region: string;
  /** Why this backup. */
  readonly reason: string;
  /** True where an earlier start had begun it: `phases.restoring` then holds the time in between as well. */
  readonly adopted: boolean;
  /** `host:port` of what was restored for real; null for a drill, and where nothing was restored. */
  readonly address: string | null;
  /** Whether the restored instance came to be available. */
  readonly available: boolean;
  readonly safetySnapshot: SafetySnapshot | null;
  readonly next: CutOver | null;
}

export interface Asked {
  readonly wanted: Wanted;
  readonly kept: boolean;
}

export type RestoreDrillReport = PlanReport | DrillRunReport;

export interface Done {
  readonly request: DrillRequest;
  readonly stage: string;
  readonly plan: RestorePlan;
  readonly course: Course;
  /** The last drills, the newest first. */
  readonly past: readonly PastDrill[];
}

export function reportPlan(
  { database, slot }: DrillRequest,
  plan: RestorePlan,
  estimatedCost: readonly CostLine[],
): Outcome<RestoreDrillReport> {
  const { restoredTo } = plan.restore;
  return {
    report: { kind: 'plan', database, slot, restoredTo, actions: actionsOf(plan), estimatedCost },
    measurements: [],
    message: { subject: '', text: '' },
  };
}

/** The whole of a run, whether it succeeded or not. */
export function reportRun(done: Done): Outcome<DrillRunReport> {
  const report = toReport(done);
  return { report, measurements: measure(report), message: tell(done, report) };
}

export function askedOf({ wanted, keptAs }: DrillRequest): Asked {
  return { wanted, kept: keptAs !== null };
}

function toReport({ request, plan, course }: Done): DrillRunReport {
  const { restore } = plan;
  const recoverySeconds = secondsBetween(course.beganAt, course.askedAt);
  const recoveryTimeMinutes = request.settings.recoveryTimeMinutes ?? null;
  const kept = request.keptAs !== null;
  const endpoint = course.instance?.address;
  const address = kept && endpoint ? `${endpoint.host}:${endpoint.port}` : null;
  return {
    kind: kept ? 'recovery' : 'drill',
    asked: askedOf(request),
    instance: restore.target,
    region: restore.region,
    snapshot: restore.snapshot,
    reason: restore.reason,
    adopted: restore.kind === 'adopt instance',
    restoredTo: restore.restoredTo,
    engineVersion: course.instance?.engineVersion ?? 'unknown',
    phases: {
      restoring: secondsBetween(course.beganAt, course.availableAt),
      connecting: secondsBetween(course.availableAt, course.connectedAt),
      asking: secondsBetween(course.connectedAt, course.askedAt),
      deleting: secondsBetween(course.askedAt ?? course.connectedAt ?? course.availableAt, course.removedAt),
    },
    recoverySeconds,
    recoveryTimeMinutes,
    findings: [...course.findings, ...recoveryTimeFinding(course, recoverySeconds, recoveryTimeMinutes)],
    countsKey: course.countsKey,
    address,
    available: course.instance !== null,
    safetySnapshot: course.safety,
    // Whoever cuts over to what was not restored takes the old one away as well.
    next:
      address === null
        ? null
        : describeCutOver(plan, {
            name: request.instance,
            safety: course.safety?.identifier ?? null,
            address,
          }),
  };
}

/** Only what came to its end tells how long a recovery takes. */
function recoveryTimeFinding(
  { askedAt }: Course,
  recoverySeconds: number,
  recoveryTimeMinutes: number | null,
): Finding[] {
  if (askedAt === null || recoveryTimeMinutes === null) return [];
  const late = recoverySeconds > recoveryTimeMinutes * 60;
  return [
    {
      check: 'recovery time',
      status: late ? 'warn' : 'pass',
      fact: `From the call that restores to the last answer it took ${describeSeconds(recoverySeconds)}.`,
      limit: `${recoveryTimeMinutes} min`,
      advice: late
        ? 'Choose a larger "instanceClass", ask less of a drill, or promise a longer recovery time.'
        : null,
      seconds: recoverySeconds,
    },
  ];
}

function measure({ kind, phases, recoverySeconds, findings }: DrillRunReport): Measurement[] {
  const name = kind === 'drill' ? 'Drill' : 'Recovery';
  const times: Measurement[] = [
    { name: `${name}Duration`, unit: 'Seconds', value: recoverySeconds },
    { name: `${name}Restoring`, unit: 'Seconds', value: phases.restoring },
    { name: `${name}Asking`, unit: 'Seconds', value: phases.asking },
  ];
  return [
    // A duration of what was not restored would pull every average down.
    ...times.filter(({ value }) => value > 0),
    { name: `${name}ChecksFailed`, unit: 'Count', value: countStatus(findings, 'fail') },
    { name: `${name}ChecksWarned`, unit: 'Count', value: countStatus(findings, 'warn') },
  ];
}

function tell({ request, stage, past }: Done, report: DrillRunReport): Message {
  const warned = countStatus(report.findings, 'warn');
  const what = report.kind === 'drill' ? 'restored in a drill' : `restored to ${report.instance}`;
  return {
    subject: `Nightshift ${stage}: ${request.database} ${what}${warned > 0 ? `, ${warned} warned` : ''}`,
    text: describeRun(request, report, past),
  };
}

/** What a failed run says: every failure, and then the rest. */
export function describeFailures(done: Done, report: DrillRunReport): string {
  const failed = report.findings.filter(({ status }) => status === 'fail');
  const what = report.kind === 'drill' ? 'drill' : 'restore';
  return [
    `The ${what} of ${done.request.database} found ${failed.length === 1 ? 'a failure' : `${failed.length} failures`}:`,
    ...failed.map(describeFinding),
    '',
    describeRun(done.request, report, done.past),
  ].join('\n');
}

function describeSeconds(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 6) / 10} min`;
}
