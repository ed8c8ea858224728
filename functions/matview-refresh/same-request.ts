import { EventRefusedError } from '../../shared/job/errors.ts';
import type { RunRecord } from '../../shared/job/run-record.ts';
import { quoted, quotedList } from '../../shared/job/start-event.ts';
import type { MatviewRefreshRequest } from './event.ts';
import type { MatviewRefreshReport } from './report.ts';

/** What a run was asked to do, as its record keeps it. */
export type Asked = Pick<MatviewRefreshRequest, 'views' | 'withDependents' | 'force'>;

export const askedOf = ({ views, withDependents, force }: Asked): Asked => ({ views, withDependents, force });

/** The same event again is answered with what was done. Throws EventRefusedError where the label stands for something else. */
export function requireSameRequest(
  request: MatviewRefreshRequest,
  { startedAt, report }: RunRecord<MatviewRefreshReport>,
): void {
  const before = report?.kind === 'run' ? report.asked : undefined;
  if (!before || keyOf(before) === keyOf(request)) return;
  throw new EventRefusedError(
    `The label ${quoted(request.slot)} stands for a refresh of ${inWords(before)} since ${startedAt}, and this event asks for one of ${inWords(request)}. Choose another label.`,
  );
}

function keyOf({ views, withDependents, force }: Asked): string {
  return JSON.stringify([views && [...new Set(views)].sort(), withDependents, force]);
}

function inWords({ views, withDependents, force }: Asked): string {
  const which = views === null ? 'all views' : quotedList(views);
  return `${which}${withDependents ? ' with whatever reads them' : ''}${force ? ', changed or not' : ''}`;
}
