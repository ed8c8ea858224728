import type { Prices } from '../../shared/config/schema.ts';
import type { ManifestReference } from '../../shared/job/manifest-chain.ts';
import type { Message } from '../../shared/job/message.ts';
import type { Measurement } from '../../shared/job/metrics.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import { type CostLine, type Estimate, estimateArchive } from './estimate.ts';
import type { AuditArchiveRequest } from './event.ts';
import type { DatabaseFacts } from './facts.ts';
import type { ArchivePlan, TableAction } from './plan.ts';
import type { Remark } from './remark.ts';

/** One policy in a dry run's answer. */
export interface PlannedTable {
  readonly kind: TableAction['kind'];
  readonly table: string;
  readonly reason: string;
  readonly refusals: readonly Remark[];
  readonly warnings: readonly Remark[];
  /** Null where nothing would be moved. */
  readonly work: (Estimate & PlannedRows) | null;
}

export interface PlannedRows {
  readonly to: string;
  readonly cutoff: string;
  readonly rows: number;
  /** Otherwise the planner's estimate. */
  readonly counted: boolean;
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly daysBehind: number | null;
  /** Slices of time, or whole partitions. */
  readonly parts: number;
}

/** What a dry run answers: each table with what would be moved, or why it is refused, and what it would cost. */
export interface PlanReport {
  readonly kind: 'plan';
  readonly database: string;
  readonly slot: string;
  readonly tables: readonly PlannedTable[];
  readonly estimatedCost: readonly CostLine[];
}

export function reportPlan(
  { database, slot }: Pick<AuditArchiveRequest, 'database' | 'slot'>,
  { actions }: ArchivePlan,
  facts: DatabaseFacts,
  prices: Prices,
): Outcome<AuditArchiveReport> {
  const tables = actions.map((action) => toPlanned(action, facts, prices));
  const estimatedCost = sumCosts(tables.flatMap(({ work }) => work?.costs ?? []));
  return {
    report: { kind: 'plan', database, slot, tables, estimatedCost },
    measurements: [],
    message: { subject: '', text: '' },
  };
}

function toPlanned(action: TableAction, facts: DatabaseFacts, prices: Prices): PlannedTable {
  const { kind, target: table, reason } = action;
  const frame = { kind, table, reason, refusals: [], warnings: [], work: null };
  switch (action.kind) {
    case 'refuse':
      return { ...frame, refusals: action.refusals };
    case 'nothing is old enough':
      return { ...frame, warnings: action.warnings };
    case 'archive rows':
    case 'archive partitions': {
      const { policy, cutoff, rows, counted, oldest, newest, daysBehind, slices, partitions } = action;
      const known = facts.policies.find(({ policy: name }) => name === table) ?? { table: null, speed: null };
      const planned = { cutoff, rows, counted, oldest, newest, daysBehind };
      const parts = slices.length + partitions.length;
      const to = policy.to.kind === 's3' ? `s3 (${policy.to.storageClass})` : 'table';
      const work = { to, ...planned, parts, ...estimateArchive(action, known, prices) };
      return { ...frame, warnings: action.warnings, work };
    }
  }
}

function sumCosts(costs: readonly CostLine[]): CostLine[] {
  const sums = new Map<string, number>();
  for (const { what, dollars } of costs) {
    const name = what.replace(/^\d+ /, '');
    sums.set(name, Math.round(((sums.get(name) ?? 0) + dollars) * 100) / 100);
  }
  return [...sums].map(([what, dollars]) => ({ what, dollars }));
}

/** How one policy's work ended. */
export interface TableOutcome {
  /** The policy's name. */
  readonly table: string;
  /** `unfinished`: the night was over before the table was; the next one goes on. */
  readonly status: 'completed' | 'unfinished' | 'failed' | 'refused';
  /** Of what failed or was refused: why, and what to do. */
  readonly reason: string | null;
  readonly rows: number;
  readonly batches: number;
  /** Of the files; 0 where rows stayed in the database. */
  readonly bytes: number;
  readonly rawBytes: number;
  /** Of all batches, one after the other. */
  readonly seconds: number;
  /** ISO 8601. */
  readonly oldest: string | null;
  readonly newest: string | null;
  /** Afterwards; null where nobody could look. */
  readonly daysBehind: number | null;
  /** Left for VACUUM. */
  readonly deadRows: number | null;
  readonly warnings: readonly Remark[];
}

/** This job's part of the run record. */
export interface RunReport {
  readonly kind: 'run';
  readonly tables: readonly TableOutcome[];
  readonly swept: { readonly deleted: readonly string[]; readonly unexplained: readonly string[] };
  readonly manifest: ManifestReference | null;
}

export type AuditArchiveReport = PlanReport | RunReport;

export interface Done extends Omit<RunReport, 'kind'> {
  readonly request: Pick<AuditArchiveRequest, 'database' | 'slot'>;
  readonly stage: string;
}

/** Of a run in which no table failed and none was refused; for any other see `failureOf`. */
export function reportRun(done: Done): Outcome<AuditArchiveReport> {
  const { tables, swept, manifest } = done;
  return {
    report: { kind: 'run', tables, swept, manifest },
    measurements: measure(done),
    message: tell(done),
  };
}

/** The numbers of a run, to be counted also where it fails: the alarm on the backlog looks for them. */
export function measure({ tables, swept }: Pick<Done, 'tables' | 'swept'>): Measurement[] {
  const sum = (pick: (table: TableOutcome) => number | null) =>
    tables.reduce((total, table) => total + (pick(table) ?? 0), 0);
  const seconds = sum((table) => table.seconds);
  const behind = tables.flatMap(({ daysBehind }) => daysBehind ?? []);
  const counted: Measurement[] = [
    { name: 'RowsArchived', unit: 'Count', value: sum(({ rows }) => rows) },
    { name: 'BytesArchived', unit: 'Bytes', value: sum(({ bytes }) => bytes) },
    { name: 'DeadRows', unit: 'Count', value: sum(({ deadRows }) => deadRows) },
    { name: 'TablesFailed', unit: 'Count', value: countOf(tables, 'failed') },
    { name: 'TablesRefused', unit: 'Count', value: countOf(tables, 'refused') },
    { name: 'TablesUnfinished', unit: 'Count', value: countOf(tables, 'unfinished') },
    { name: 'FilesUnexplained', unit: 'Count', value: swept.unexplained.length },
  ];
  return [
    ...counted,
    ...(seconds > 0
      ? [{ name: 'RowsPerSecond', unit: 'CountPerSecond' as const, value: sum(({ rows }) => rows) / seconds }]
      : []),
    ...(behind.length > 0
      ? [{ name: 'DaysBehind', unit: 'Count' as const, value: Math.max(...behind) }]
      : []),
  ];
}

const countOf = (tables: readonly TableOutcome[], status: TableOutcome['status']) =>
  tables.filter((table) => table.status === status).length;

/** What the run is to fail with at its end, table by table, or undefined where none failed and none was refused. */
export function failureOf(tables: readonly TableOutcome[]): string | undefined {
  const bad = tables.filter(({ status }) => status === 'failed' || status === 'refused');
  if (bad.length === 0) return undefined;
  const good = tables.filter((table) => !bad.includes(table)).map(describe);
  const faults = bad.map(
    ({ table, status, reason }) => `${table} ${status === 'failed' ? 'failed' : 'is refused'}: ${reason}`,
  );
  const rest = good.length > 0 ? `\n\nThe others:\n${good.join('\n')}` : '';
  return `${bad.length} of ${tables.length} tables could not be archived. Nothing of them is lost: what was not proved was not deleted.\n\n${faults.join('\n\n')}${rest}`;
}

/** A refusal in words, for `TableOutcome.reason`. */
export function describeRemarks(remarks: readonly Remark[]): string {
  return remarks.map(({ reason, remedy }) => (remedy === null ? reason : `${reason}. ${remedy}`)).join('\n');
}

function tell({ request, stage, tables, swept, manifest }: Done): Message {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const unfinished = countOf(tables, 'unfinished');
  const lines = [
    ...tables.map(describe),
    ...tables.flatMap(({ table, warnings }) => warnings.map(({ reason }) => `Note on ${table}: ${reason}.`)),
    swept.deleted.length > 0 ? `Deleted ${swept.deleted.length} files of batches that were rolled back.` : '',
    swept.unexplained.length > 0
      ? `NOT explained: ${swept.unexplained.length} files without a row in the ledger, ${swept.unexplained.slice(0, 3).join(', ')}${swept.unexplained.length > 3 ? ', …' : ''}`
      : '',
    manifest ? `Newest manifest ${manifest.sequence}: sha256 ${manifest.sha256}` : '',
  ];
  const doubt = unfinished > 0 ? `, ${unfinished} unfinished` : '';
  return {
    subject: `Nightshift ${stage}: ${request.database} archived ${grouped(rows)} rows${doubt}, slot ${request.slot}`,
    text: lines.filter((line) => line !== '').join('\n'),
  };
}

/** `public.audit_log: 12,345 rows of 2024-11-20 to 2025-11-19, 1,234,567 bytes, 25,000 rows a second.` */
function describe({ table, status, rows, bytes, seconds, oldest, newest, daysBehind }: TableOutcome): string {
  const behind = daysBehind ? ` ${daysBehind} days behind.` : '';
  const end = status === 'unfinished' ? ' The night was over before the table was.' : '';
  if (rows === 0) return `${table}: nothing was moved.${behind}${end}`;
  const period = oldest && newest ? ` of ${oldest.slice(0, 10)} to ${newest.slice(0, 10)}` : '';
  const size = bytes > 0 ? `, ${grouped(bytes)} bytes` : '';
  const speed = seconds > 0 ? `, ${grouped(rows / seconds)} rows a second` : '';
  return `${table}: ${grouped(rows)} rows${period}${size}${speed}.${behind}${end}`;
}

const grouped = (number: number) => Math.round(number).toLocaleString('en-US');
