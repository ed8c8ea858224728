import type { DrillRunReport, PlanReport, RestoreDrillReport } from '../functions/restore-drill/report.ts';
import { type Finding, worstFirst } from '../shared/verify/finding.ts';
import { visibleFinding } from '../shared/verify/visible.ts';
import { formatTable } from './table.ts';
import { formatSeconds, formatTime } from './units.ts';

/** What restore-drill would do, or did, for people. */
export function describeRestoreReport(report: RestoreDrillReport): string {
  return report.kind === 'plan' ? describePlan(report) : describeRun(report);
}

function describePlan({ database, slot, restoredTo, actions, estimatedCost }: PlanReport): string {
  const cost = estimatedCost.map(({ what, dollars }) => [what, `$${dollars.toFixed(2)}`]);
  return [
    `Plan for ${database}, slot ${slot}. Nothing was changed.`,
    formatTable(
      ['would', 'what', 'why'],
      actions.map(({ kind, target, reason }) => [kind, target, reason]),
    ),
    `The restored database would stand at ${formatTime(restoredTo)}.`,
    ...(cost.length > 0 ? [formatTable(['estimated cost', 'USD'], cost, ['USD'])] : []),
  ].join('\n\n');
}

function describeRun(report: DrillRunReport): string {
  return [
    describeRestored(report),
    describePhases(report),
    worstFirst(report.findings).map(describeFinding).join('\n'),
    ...describeNext(report),
  ].join('\n\n');
}

function describeRestored(report: DrillRunReport): string {
  const { snapshot, restoredTo, reason, instance, region, engineVersion, address, safetySnapshot } = report;
  const begun = report.adopted ? ', which an earlier start had begun' : '';
  const rows = [
    ['restored', snapshot ?? formatTime(restoredTo), reason],
    ...(snapshot === null ? [] : [['stands at', formatTime(restoredTo), '']]),
    [
      report.kind === 'drill' ? 'drill' : 'instance',
      instance,
      `in ${region}, PostgreSQL ${engineVersion}${begun}`,
    ],
    ...(address === null ? [] : [['address', address, '']]),
    ...(safetySnapshot === null
      ? []
      : [
          [
            'safety snapshot',
            safetySnapshot.identifier,
            `of the source, before this, in ${formatSeconds(safetySnapshot.seconds)}`,
          ],
        ]),
  ];
  return formatTable(['what', 'which', 'how'], rows);
}

function describePhases({ kind, phases, recoverySeconds, recoveryTimeMinutes }: DrillRunReport): string {
  const { restoring, connecting, asking, deleting } = phases;
  const promised = recoveryTimeMinutes === null ? '' : `promised: ${recoveryTimeMinutes} min`;
  const rows = [
    ['restoring', formatSeconds(restoring), ''],
    ['connecting', formatSeconds(connecting), ''],
    ['asking', formatSeconds(asking), ''],
    // Of what did not come to its end, there is no sum.
    ...(recoverySeconds > 0 ? [['recovery, all of these', formatSeconds(recoverySeconds), promised]] : []),
    ...(kind === 'drill' ? [['deleting', formatSeconds(deleting), '']] : []),
  ];
  return formatTable(['phase', 'took', ''], rows, ['took']);
}

const longestStatus = 'no baseline'.length;

/** What to do about it stands on a line of its own. */
function describeFinding(finding: Finding): string {
  const { check, status, fact, limit, advice, seconds } = visibleFinding(finding);
  const word = (status === 'fail' ? 'FAIL' : status).padEnd(longestStatus);
  const held = limit === null ? '' : ` (limit: ${limit})`;
  const took = seconds === undefined ? '' : ` [${formatSeconds(seconds)}]`;
  const margin = ' '.repeat(longestStatus + 2);
  const first = `${word}  ${check}: ${fact}${held}${took}`;
  return advice === null ? first : `${first}\n${margin}→ ${advice}`;
}

function describeNext({ next, address }: DrillRunReport): string[] {
  if (next === null || address === null) return [];
  const list = (title: string, lines: readonly string[]) =>
    [title, ...lines.map((line) => `  ${line}`)].join('\n');
  return [list('To cut over:', next.cutOver), list('To go back:', next.goBack)];
}

/** What the command ends with where a question failed, or where it did not come to any. */
export function describeFailedRestore(report: RestoreDrillReport): string {
  if (report.kind === 'plan') return 'The plan failed.';
  const { kind, instance, address, findings } = report;
  const failed = findings.filter(({ status }) => status === 'fail');
  const checks = failed.length === 1 ? '1 check failed' : `${failed.length} checks failed`;
  if (kind === 'drill') {
    const remains = failed.some(({ check }) => check === 'deletion');
    return `${checks}. ${remains ? `${instance} may still be there: the reaper removes it.` : `${instance} was deleted.`}`;
  }
  return address === null
    ? `${checks}: nothing was restored that could be asked. Whatever has the name ${instance} was not deleted.`
    : `${checks}. ${instance} stays, at ${address}: read the findings before you use it. Nobody but you deletes it.`;
}
