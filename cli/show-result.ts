import type { SQSBatchResponse } from 'aws-lambda';
import type { AuditArchiveReport } from '../functions/audit-archive/report.ts';
import type { VerifyReport } from '../functions/backup-verify/report.ts';
import type { DbMaintenanceReport } from '../functions/db-maintenance/report.ts';
import type { MatviewRefreshReport } from '../functions/matview-refresh/report.ts';
import type { RestoreDrillReport } from '../functions/restore-drill/report.ts';
import type { SnapshotExportReport } from '../functions/snapshot-export/report.ts';
import type { PlainResult } from '../shared/job/plain-job.ts';
import type { SlotResult } from '../shared/job/run-slot.ts';
import { describeArchiveReport } from './show-archive.ts';
import { describeExportReport } from './show-export.ts';
import { describeMaintenanceReport } from './show-maintenance.ts';
import { describeRestoreReport } from './show-restore.ts';
import { describeVerifyReport } from './show-verify.ts';
import { describeRefreshReport } from './show-views.ts';
import { formatSeconds, formatTime } from './units.ts';

/** What a run of a job did, for people. */
export function describeResult(job: string, result: SlotResult<unknown> | PlainResult<unknown>): string {
  if ('batchItemFailures' in result) return describeBatch(result as SQSBatchResponse);
  // What answers whoever invokes it has a result of its own.
  if (!('kind' in result)) return JSON.stringify(result, null, 2);
  switch (result.kind) {
    case 'already running':
      return `Another execution has this slot and still runs: ${result.by}`;
    case 'planned':
    case 'ran':
      return describeReport(job, result.report);
    case 'done': {
      const { record, before } = result;
      const first = before
        ? `This slot was done already, at ${formatTime(record.endedAt)}: nothing new was made.`
        : `Done in ${formatSeconds((Date.parse(record.endedAt) - Date.parse(record.startedAt)) / 1_000)}.`;
      return record.report === undefined ? first : [first, describeReport(job, record.report)].join('\n\n');
    }
  }
}

function describeBatch({ batchItemFailures: { length } }: SQSBatchResponse): string {
  return length === 0 ? 'Taken.' : `${length} messages were not taken: they would come again.`;
}

/** Each job knows its own report; one that has no words yet is shown as it is. */
function describeReport(job: string, report: unknown): string {
  switch (job) {
    case 'snapshot-export':
      return describeExportReport(report as SnapshotExportReport);
    case 'audit-archive':
      return describeArchiveReport(report as AuditArchiveReport);
    case 'backup-verify':
      return describeVerifyReport(report as VerifyReport);
    case 'restore-drill':
      return describeRestoreReport(report as RestoreDrillReport);
    case 'db-maintenance':
      return describeMaintenanceReport(report as DbMaintenanceReport);
    case 'matview-refresh':
      return describeRefreshReport(report as MatviewRefreshReport);
    default:
      return JSON.stringify(report, null, 2);
  }
}
