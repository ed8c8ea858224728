import { NightshiftError } from '../../job/errors.ts';

interface Holder {
  readonly pid: number;
  /** UTC, ISO 8601; null where it is another user's session, of which no more is shown. */
  readonly beganAt: string | null;
  readonly ageSeconds: number | null;
}

/** Another session works on the same: nothing was begun here. */
export class AlreadyRunningError extends NightshiftError {
  override readonly name = 'AlreadyRunningError';
  /** The other session; undefined where it ended before it could be looked at. */
  readonly holder: Holder | undefined;

  constructor(lock: string, holder: Holder | undefined) {
    super(`“${lock}” was not begun: it is worked on by ${describe(holder)}. Look again when that has ended.`);
    this.holder = holder;
  }
}

function describe(holder: Holder | undefined): string {
  if (!holder) return 'another session, which has just ended';
  const { pid, beganAt, ageSeconds } = holder;
  return beganAt === null
    ? `session ${pid} of another user, which holds the same advisory lock`
    : `session ${pid}, since ${beganAt} (${ageSeconds} s)`;
}
