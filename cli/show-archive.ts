import type { Remark } from '../functions/audit-archive/remark.ts';
import type {
  AuditArchiveReport,
  PlannedTable,
  PlanReport,
  RunReport,
  TableOutcome,
} from '../functions/audit-archive/report.ts';
import { formatTable } from './table.ts';
import { formatBytes, formatCount, formatPeriod, formatSeconds } from './units.ts';

/** What audit-archive would do, or did, for people. */
export function describeArchiveReport(report: AuditArchiveReport): string {
  return report.kind === 'plan' ? describePlan(report) : describeRun(report);
}

const planNumbers = ['rows', 'days behind', 'in the table', 'as files', 'takes'];

function describePlan({ database, slot, tables, estimatedCost }: PlanReport): string {
  const rows = tables.map((planned) => [planned.table, ...describePlanned(planned)]);
  const header = ['table', 'would', 'rows', 'of', 'days behind', 'in the table', 'as files', 'takes', 'to'];
  const cost = estimatedCost.map(({ what, dollars }) => [what, `$${dollars.toFixed(2)}`]);
  return [
    `Plan for ${database}, slot ${slot}. Nothing was changed.`,
    formatTable(header, rows, planNumbers),
    ...tables.flatMap(describeRefusal),
    ...describeNotes(tables),
    ...(cost.length > 0 ? [formatTable(['estimated cost', 'USD'], cost, ['USD'])] : []),
  ].join('\n\n');
}

function describePlanned({ kind, work }: PlannedTable): string[] {
  if (!work) return [kind === 'refuse' ? 'be REFUSED' : 'move nothing'];
  const { rows, counted, oldest, newest, daysBehind, tableBytes, fileBytes, seconds, to } = work;
  return [
    kind === 'archive partitions' ? 'move whole partitions' : 'move rows',
    counted ? formatCount(rows) : `about ${formatCount(rows)}`,
    formatPeriod(oldest, newest),
    daysBehind === null ? '?' : formatCount(Math.round(daysBehind)),
    formatBytes(tableBytes),
    fileBytes === null ? '-' : formatBytes(fileBytes),
    seconds === null ? '-' : formatSeconds(seconds),
    to,
  ];
}

function describeRefusal({ table, refusals }: PlannedTable): string[] {
  if (refusals.length === 0) return [];
  return [`${table} is refused:\n${refusals.map(describeRemark).join('\n')}`];
}

function describeNotes(tables: readonly Pick<PlannedTable, 'table' | 'warnings'>[]): string[] {
  const notes = tables.flatMap(({ table, warnings }) =>
    warnings.map((warning) => describeRemark(warning).replace('- ', `- ${table}: `)),
  );
  return notes.length > 0 ? [`Notes:\n${notes.join('\n')}`] : [];
}

/** The remedy on a line of its own, to be copied. */
function describeRemark({ reason, remedy }: Remark): string {
  const lines = (text: string) => text.split('\n').join('\n    ');
  return remedy === null ? `  - ${lines(reason)}` : `  - ${lines(reason)}\n    → ${lines(remedy)}`;
}

const runNumbers = ['rows', 'batches', 'files', 'rows/s', 'days behind'];

function describeRun({ tables, swept, manifest }: RunReport): string {
  const header = ['table', 'how', 'rows', 'of', 'batches', 'files', 'rows/s', 'days behind'];
  const chain = manifest
    ? [`Manifest number ${manifest.sequence}, sha256 ${manifest.sha256}`]
    : ['No batch had to be named in a manifest.'];
  return [
    formatTable(header, tables.map(describeOutcome), runNumbers),
    ...describeNotes(tables),
    ...tables.flatMap(suggestVacuum),
    ...describeSwept(swept),
    ...chain,
  ].join('\n\n');
}

function describeOutcome(outcome: TableOutcome): string[] {
  const { table, status, rows, batches, bytes, seconds, oldest, newest, daysBehind } = outcome;
  return [
    table,
    status,
    formatCount(rows),
    rows === 0 ? '-' : formatPeriod(oldest, newest),
    formatCount(batches),
    bytes > 0 ? formatBytes(bytes) : '-',
    seconds > 0 ? formatCount(Math.round(rows / seconds)) : '-',
    daysBehind === null ? '?' : formatCount(Math.round(daysBehind)),
  ];
}

/** Below this many, autovacuum is soon done. */
const manyDeadRows = 100_000;

function suggestVacuum({ table, deadRows }: TableOutcome): string[] {
  if (deadRows === null || deadRows < manyDeadRows) return [];
  return [
    `${table} holds ${formatCount(deadRows)} dead rows. Autovacuum lets their room be used again; VACUUM ANALYZE ${table}; does it now.`,
  ];
}

function describeSwept({ deleted, unexplained }: RunReport['swept']): string[] {
  const swept = `Swept: ${formatCount(deleted.length)} files of batches that were rolled back.`;
  const doubt = `NOT explained: files without a row in the ledger:\n${unexplained.map((key) => `  ${key}`).join('\n')}`;
  return [...(deleted.length > 0 ? [swept] : []), ...(unexplained.length > 0 ? [doubt] : [])];
}
