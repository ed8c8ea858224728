import { countStatus, type Finding, worstFirst } from '../../shared/verify/finding.ts';
import { visibleFinding } from '../../shared/verify/visible.ts';
import type { DrillRequest } from './event.ts';
import type { DrillRunReport } from './report.ts';

/** One earlier drill, as the trend shows it. */
export interface PastDrill {
  readonly slot: string;
  readonly restoring: number;
  readonly asking: number;
  readonly recoverySeconds: number;
}

/** What people are told of a run, as lines of text: worst findings first, then times, then the trend. */
export function describeRun(
  request: Pick<DrillRequest, 'instance' | 'slot'>,
  report: DrillRunReport,
  past: readonly PastDrill[],
): string {
  const notPassed = worstFirst(report.findings).filter(
    ({ status }) => status === 'warn' || status === 'no baseline',
  );
  const passed = report.findings.filter(({ status }) => status === 'pass').length;
  const lines = [
    `${describeBackup(request.instance, report)}.`,
    ...notPassed.map(describeFinding),
    `${passed} of ${report.findings.length} checks passed.`,
    describeTimes(report),
    ...describeTrend(request.slot, report, past),
    ...describeNext(report),
  ];
  return lines.filter((line) => line !== '').join('\n');
}

/** `- FAIL row counts: … (limit: …) What to do.` */
export function describeFinding(finding: Finding): string {
  const { check, status, fact, limit, advice } = visibleFinding(finding);
  const held = limit === null ? '' : ` (limit: ${limit})`;
  return `- ${status.toUpperCase()} ${check}: ${fact}${held}${advice === null ? '' : ` ${advice}`}`;
}

function describeBackup(instance: string, { snapshot, restoredTo, region, reason, ...rest }: DrillRunReport) {
  const what =
    snapshot === null
      ? `${instance} as of ${restoredTo}`
      : `The snapshot ${snapshot} of ${instance}, begun ${restoredTo}`;
  const adopted = rest.adopted
    ? '; an earlier start had begun it, so that its time holds what lay in between'
    : '';
  const done = rest.available ? 'was restored' : 'was not restored: it was to go';
  return `${what}, ${done} to ${rest.instance} in ${region} (${reason})${adopted}`;
}

function describeTimes({ phases, recoverySeconds, recoveryTimeMinutes }: DrillRunReport): string {
  if (recoverySeconds === 0) return '';
  const { restoring, connecting, asking, deleting } = phases;
  const objective =
    recoveryTimeMinutes === null ? '' : `; the recovery time objective is ${recoveryTimeMinutes} min`;
  return `Recovery took ${recoverySeconds} s: restoring ${restoring}, connecting ${connecting}, asking ${asking}${objective}. Deleting took ${deleting} s.`;
}

function describeTrend(slot: string, report: DrillRunReport, past: readonly PastDrill[]): string[] {
  if (report.kind !== 'drill' || past.length === 0) return [];
  const { phases, recoverySeconds } = report;
  const now = { slot, restoring: phases.restoring, asking: phases.asking, recoverySeconds };
  return [
    'This drill and the last ones, in seconds (restoring, asking, all):',
    ...[now, ...past].map(
      (drill) => `  ${drill.slot}: ${drill.restoring}, ${drill.asking}, ${drill.recoverySeconds}`,
    ),
  ];
}

function describeNext({ kind, next, address, instance, safetySnapshot, findings }: DrillRunReport): string[] {
  if (kind === 'drill') return [];
  const before =
    safetySnapshot === null
      ? ''
      : `; its state before this is the snapshot ${safetySnapshot.identifier}, which took ${safetySnapshot.seconds} s`;
  if (next === null) {
    return [
      `There is nothing to cut over to. Whatever has the name ${instance} was not deleted. The source was not touched${before}.`,
    ];
  }
  return [
    `${instance} stays, at ${address}. The source was not touched${before}.`,
    ...(countStatus(findings, 'fail') > 0
      ? ['Checks failed: read above what they found before anything is cut over to it.']
      : []),
    'To cut over:',
    ...next.cutOver.map((line) => `  ${line}`),
    'To go back:',
    ...next.goBack.map((line) => `  ${line}`),
  ];
}
