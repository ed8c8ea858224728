import type { PlanReport, RunReport, SnapshotExportReport } from '../functions/snapshot-export/report.ts';
import { formatTable } from './table.ts';
import { formatBytes, formatCount } from './units.ts';

/** What snapshot-export would do, or did, for people. */
export function describeExportReport(report: SnapshotExportReport): string {
  return report.kind === 'plan' ? describePlan(report) : describeRun(report);
}

function describePlan(plan: PlanReport): string {
  const actions = formatTable(
    ['would', 'what', 'why'],
    plan.actions.map(({ kind, target, reason }) => [kind, target, reason]),
  );
  const cost = plan.estimatedCost.map(({ what, dollars }) => [what, `$${dollars.toFixed(2)}`]);
  const lines = [`Plan for ${plan.database}, slot ${plan.slot}. Nothing was changed.`, '', actions];
  if (cost.length > 0) lines.push('', formatTable(['estimated cost, at most', 'USD'], cost, ['USD']));
  return lines.join('\n');
}

function describeRun(report: RunReport): string {
  const { snapshot, export: exported, copy, pruned } = report;
  const rows = [
    ['snapshot', snapshot.identifier, `${snapshot.adopted ? 'adopted: ' : 'taken: '}${snapshot.reason}`],
    ...(exported ? describeExport(exported) : [['export', '-', 'not asked for']]),
    ['copy', copy?.identifier ?? '-', copy ? `in ${copy.region}` : 'not configured'],
    ['pruned', formatCount(pruned.length), pruned.map(({ target }) => target).join(', ')],
  ];
  const notes = exported?.proof.notes.map((note) => `Note: ${note}`) ?? [];
  return [formatTable(['what', 'which', 'how'], rows), ...notes].join('\n');
}

function describeExport({ id, place, proof, manifest }: NonNullable<RunReport['export']>): string[][] {
  const against = Object.entries(proof.against).map(([basis, tables]) => `${tables} by ${basis}`);
  return [
    ['export', id, place],
    [
      'proof',
      `${formatCount(proof.rows)} rows`,
      `${proof.tables} tables (${against.join(', ')}), ${proof.files} files, ${formatBytes(proof.bytes)}`,
    ],
    ...(proof.skipped.length > 0
      ? [
          [
            'skipped',
            `${proof.skipped.length} tables`,
            `${proof.skipped.join(', ')} (accepted in the config)`,
          ],
        ]
      : []),
    ['manifest', `number ${manifest.sequence}`, `sha256 ${manifest.sha256}`],
  ];
}
