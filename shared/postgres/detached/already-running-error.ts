import { NightshiftError } from '../../job/errors.ts';

interface Holder {
  readonly pid: number;
  /** UTC, ISO 8601. */
  readonly beganAt: string;
  readonly ageSeconds: number;
}

/** Another session works on the same: nothing was begun here. */
export class AlreadyRunningError extends NightshiftError {
  override readonly name = 'AlreadyRunningError';
  /** The other session; undefined where it ended before it could be looked at. */
  readonly holder: Holder | undefined;

  constructor(lock: string, holder: Holder | undefined) {
    const by = holder
      ? `session ${holder.pid}, since ${holder.beganAt} (${holder.ageSeconds} s)`
      : 'another session, which has just ended';
    super(`“${lock}” was not begun: it is worked on by ${by}. Look again when that has ended.`);
    this.holder = holder;
  }
}
