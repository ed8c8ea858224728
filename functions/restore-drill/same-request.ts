import { EventRefusedError } from '../../shared/job/errors.ts';
import type { RunRecord } from '../../shared/job/run-record.ts';
import { quoted } from '../../shared/job/start-event.ts';
import type { DrillRequest } from './event.ts';
import { askedOf, type RestoreDrillReport } from './report.ts';

/** The same event again is answered with what was done. Throws EventRefusedError where the label stands for something else. */
export function requireSameRequest(
  request: DrillRequest,
  { startedAt, report }: RunRecord<RestoreDrillReport>,
): void {
  const before = report && report.kind !== 'plan' ? report.asked : undefined;
  if (!before || JSON.stringify(sorted(before)) === JSON.stringify(sorted(askedOf(request)))) return;
  throw new EventRefusedError(
    `The label ${quoted(request.slot)} stands for a restore of something else since ${startedAt}. Choose another label.`,
  );
}

/** Records are written with sorted keys. */
function sorted({ kept, wanted }: ReturnType<typeof askedOf>) {
  return [kept, Object.entries(wanted).toSorted(([a], [b]) => (a < b ? -1 : 1))];
}
