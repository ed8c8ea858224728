import type { Action } from './plan.ts';

/** What can be seen of an object: before and after, it tells whether the work was done. Null: not known, or not there. */
export interface Seen {
  readonly bytes: number | null;
  /** Of a table. */
  readonly deadRows: number | null;
  /** Transactions since the oldest that is not frozen. */
  readonly age: number | null;
  /** The same, with its multixacts and its TOAST: 1 is where Postgres freezes it by force. */
  readonly freezeShare: number | null;
  /** Of an index, by name: another after a rebuild. */
  readonly id: string | null;
  /** As text, to the microsecond: when it was last vacuumed, analyzed, or looked through in this slot. */
  readonly mark: string | null;
  readonly isValid: boolean | null;
  /** Of a look for damage: the first fault, and how many there are. */
  readonly finding: string | null;
  readonly faults: number | null;
  /** Of a look at a table: what is before this block is done, of so many. */
  readonly nextBlock: number | null;
  readonly blocks: number | null;
}

export type Status =
  | 'done'
  /** The statement ended, and had no effect. */
  | 'no effect'
  /** A lock was not to be had, or another works on it. */
  | 'postponed'
  /** It goes on in the server. */
  | 'running'
  | 'dropped meanwhile'
  | 'failed'
  | 'damaged';

export interface MaintenanceOutcome {
  readonly kind: Action['kind'];
  readonly target: string;
  readonly id: string;
  readonly status: Status;
  /** Why it was done, or why not. */
  readonly reason: string;
  readonly remedy: string | null;
  readonly seconds: number;
  readonly bytes: number;
  readonly before: Partial<Seen>;
  readonly after: Partial<Seen>;
}

/** Told by effect alone: nobody may have listened to the statement's end. */
export function judge(
  action: Action,
  before: Seen,
  after: Seen,
): Pick<MaintenanceOutcome, 'status' | 'reason'> {
  if (action.kind === 'drop leftover') {
    return after.id === null ? done(action) : noEffect('the index is still there');
  }
  if (after.id === null) return { status: 'dropped meanwhile', reason: 'it is not there any more' };
  switch (action.kind) {
    case 'vacuum':
    case 'analyze':
      if (after.mark === null || after.mark === before.mark) return noEffect('it ended, and had no effect');
      return action.freeze && isNotFrozen(before, after)
        ? noEffect('its oldest transaction ids are hardly younger than before')
        : done(action);
    case 'rebuild index':
      return after.id !== action.id && after.isValid
        ? done(action)
        : noEffect('the index is the one that it was; what is left of the new one is dropped');
    case 'check index':
    case 'check table':
      return judgeCheck(action, after);
  }
}

function judgeCheck(action: Action, after: Seen): Pick<MaintenanceOutcome, 'status' | 'reason'> {
  const { mark, finding, faults, nextBlock, blocks } = after;
  const soFar = mark === null ? `; so far block ${nextBlock} of ${blocks} was come to` : '';
  const more = (faults ?? 0) > 1 ? ` (the first of ${faults} faults)` : '';
  if (finding !== null) return { status: 'damaged', reason: `${finding}${more}${soFar}` };
  if (mark !== null) return done(action);
  if (action.kind === 'check index') {
    return noEffect(
      'it was not looked through to its end: cancelled, or over its limit (integrity.indexLimitMinutes)',
    );
  }
  if (nextBlock === null) {
    return {
      status: 'postponed',
      reason: 'the table was rewritten meanwhile: the next run looks through its new file',
    };
  }
  return noEffect('nobody came to its next range of blocks');
}

/** Whether a look at a table ended between two ranges, for its time was over: it goes on there, and found nothing yet. */
export function isPartOfTable(action: Action, before: Seen, after: Seen): boolean {
  return (
    action.kind === 'check table' &&
    after.mark === null &&
    after.finding === null &&
    after.nextBlock !== null &&
    after.nextBlock > (before.nextBlock ?? 0)
  );
}

/** A VACUUM that somebody held back ends well, and has frozen little; one that was let has next to nothing left. */
function isNotFrozen(before: Seen, after: Seen): boolean {
  return (
    after.freezeShare !== null && before.freezeShare !== null && after.freezeShare > before.freezeShare / 2
  );
}

const done = ({ reason }: Action) => ({ status: 'done' as const, reason });
const noEffect = (reason: string) => ({ status: 'no effect' as const, reason });

/** Statuses that fail a run. */
export const isBad = ({ status }: Pick<MaintenanceOutcome, 'status'>): boolean =>
  status === 'failed' || status === 'damaged' || status === 'no effect';
