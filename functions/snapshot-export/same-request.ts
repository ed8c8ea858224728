import { EventRefusedError } from '../../shared/job/errors.ts';
import type { RunRecord } from '../../shared/job/run-record.ts';
import { quoted, quotedList } from '../../shared/job/start-event.ts';
import type { Asked, SnapshotExportRequest } from './event.ts';
import type { SnapshotExportReport } from './report.ts';

/**
 * The same event again is answered with what was done. Throws EventRefusedError where the slot's success is of
 * something else than is asked for now: only a label can stand for two things.
 */
export function requireSameRequest(
  { slot, asked }: SnapshotExportRequest,
  { startedAt, report }: RunRecord<SnapshotExportReport>,
): void {
  const before = report?.kind === 'run' ? report.asked : undefined;
  if (!before || keyOf(before) === keyOf(asked)) return;
  throw new EventRefusedError(
    `The label ${quoted(slot)} stands for a backup of ${inWords(before)} since ${startedAt}, and this event asks for one of ${inWords(asked)}. Choose another label.`,
  );
}

function keyOf({ tables, skipExport }: Asked): string {
  return JSON.stringify(skipExport || (tables && [...new Set(tables)].sort()));
}

function inWords({ tables, skipExport }: Asked): string {
  if (skipExport) return 'the snapshot alone';
  return tables ? quotedList(tables) : 'the tables that the config says';
}
