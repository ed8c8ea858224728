import { exportsPrefix } from '../../shared/config/names.ts';
import type { ManifestReference } from '../../shared/job/manifest-chain.ts';
import type { Message } from '../../shared/job/message.ts';
import type { Measurement } from '../../shared/job/metrics.ts';
import type { Outcome } from '../../shared/job/run-slot.ts';
import type { CostLine } from './estimate.ts';
import type { Asked, SnapshotExportRequest } from './event.ts';
import type { ExportTaskFact, SnapshotFact } from './facts.ts';
import type { Action, MakingPlan, SnapshotAction } from './plan.ts';
import type { ProofSummary } from './prove-export.ts';

/** What a dry run answers: everything that would be done, with reasons, and what it would cost at most. */
export interface PlanReport {
  readonly kind: 'plan';
  readonly database: string;
  readonly slot: string;
  readonly actions: readonly Action[];
  readonly estimatedCost: readonly CostLine[];
}

/** This job's part of the run record. */
export interface RunReport {
  readonly kind: 'run';
  /** What a later event with the same label must ask for as well. */
  readonly asked: Asked;
  readonly snapshot: {
    readonly identifier: string;
    readonly createdAt: string | null;
    readonly adopted: boolean;
    readonly reason: string;
  };
  readonly export: {
    readonly id: string;
    readonly place: string;
    readonly startedAt: string | null;
    readonly endedAt: string | null;
    readonly proof: ProofSummary;
    readonly manifest: ManifestReference;
  } | null;
  readonly copy: { readonly identifier: string; readonly region: string } | null;
  readonly pruned: readonly Action[];
}

export type SnapshotExportReport = PlanReport | RunReport;

export interface Exported {
  readonly task: ExportTaskFact;
  readonly proof: ProofSummary;
  readonly manifest: ManifestReference;
}

export interface Done {
  readonly request: SnapshotExportRequest;
  readonly stage: string;
  readonly bucket: string;
  readonly plan: MakingPlan;
  readonly snapshot: SnapshotFact;
  /** Null or undefined where none was asked for. */
  readonly exported: Exported | null | undefined;
  readonly copy: SnapshotFact | null | undefined;
  readonly pruned: readonly Action[];
}

export function reportPlan(
  request: SnapshotExportRequest,
  actions: readonly Action[],
  cost: readonly CostLine[],
): Outcome<SnapshotExportReport> {
  const { database, slot } = request;
  return {
    report: { kind: 'plan', database, slot, actions, estimatedCost: cost },
    measurements: [],
    message: { subject: '', text: '' },
  };
}

export function reportRun(done: Done): Outcome<SnapshotExportReport> {
  const report = toReport(done);
  return { report, measurements: measure(done), message: tell(done, report) };
}

function toReport({ request, plan, snapshot, exported, copy, pruned, bucket }: Done): RunReport {
  return {
    kind: 'run',
    asked: request.asked,
    snapshot: {
      identifier: snapshot.identifier,
      createdAt: snapshot.createdAt,
      adopted: !plan.snapshot.own,
      reason: plan.snapshot.reason,
    },
    export: exported
      ? {
          id: exported.task.identifier,
          place: `s3://${bucket}/${exportsPrefix}/${exported.task.identifier}/`,
          startedAt: exported.task.startedAt,
          endedAt: exported.task.endedAt,
          proof: exported.proof,
          manifest: exported.manifest,
        }
      : null,
    copy: copy && plan.copy ? { identifier: copy.identifier, region: plan.copy.region } : null,
    pruned,
  };
}

function measure({ exported, pruned }: Done): Measurement[] {
  const always: Measurement[] = [
    { name: 'Pruned', unit: 'Count', value: pruned.length },
    { name: 'TablesUnproved', unit: 'Count', value: exported ? unprovedTables(exported.proof) : 0 },
  ];
  if (!exported) return always;
  const { rows, bytes, tables } = exported.proof;
  return [
    ...always,
    { name: 'RowsExported', unit: 'Count', value: rows },
    { name: 'BytesExported', unit: 'Bytes', value: bytes },
    { name: 'TablesExported', unit: 'Count', value: tables },
  ];
}

/** Tables whose rows were held against something else than counts: an estimate, doubtful counts, nothing. */
function unprovedTables({ against }: ProofSummary): number {
  return Object.entries(against)
    .filter(([basis]) => basis !== 'exact count' && basis !== 'bounds')
    .reduce((total, [, tables]) => total + tables, 0);
}

/** Estimates and adopted snapshots are the config's choice, and no news; counts that failed or prove nothing are. */
function doubtInSubject(proof: ProofSummary | undefined, { own }: SnapshotAction): string {
  if (!proof) return '';
  const nothingCounted = proof.tables > 0 && proof.against['no counts'] === proof.tables;
  if (!proof.against['uncertain counts'] && !(own && nothingCounted)) return '';
  const tables = unprovedTables(proof);
  return `, rows NOT proved for ${tables} table${tables === 1 ? '' : 's'}`;
}

function tell({ request, stage, plan, snapshot, exported, pruned }: Done, report: RunReport): Message {
  const lines = [
    `Snapshot ${snapshot.identifier} of ${request.instance}, begun ${snapshot.createdAt ?? 'at an unknown time'}: ${report.snapshot.reason}.`,
    exported ? describeExport(exported.proof, report) : 'Not exported, as it was asked.',
    ...(exported?.proof.notes ?? []).map((note) => `Note: ${note}.`),
    report.copy ? `Copied to ${report.copy.region} as ${report.copy.identifier}.` : '',
    pruned.length > 0 ? `Deleted by retention: ${pruned.map(({ target }) => target).join(', ')}.` : '',
    exported ? `Newest manifest ${exported.manifest.sequence}: sha256 ${exported.manifest.sha256}` : '',
  ];
  return {
    subject: `Nightshift ${stage}: ${request.database} backed up${doubtInSubject(exported?.proof, plan.snapshot)}, slot ${request.slot}`,
    text: lines.filter((line) => line !== '').join('\n'),
  };
}

function describeExport(proof: ProofSummary, report: RunReport): string {
  const held = Object.entries(proof.against).map(([basis, tables]) => `${tables} by ${basis}`);
  const skipped = proof.skipped.length > 0 ? ` Skipped, as accepted: ${proof.skipped.join(', ')}.` : '';
  return `Exported and complete at ${report.export?.place}: ${proof.tables} tables (${held.join(', ')}), ${proof.rows} rows, ${proof.files} files, ${proof.bytes} bytes.${skipped}`;
}
