import type { Alert } from '../../shared/alarm/alert.ts';
import type { AlarmRow } from './alarm-row.ts';

/** What only happens: each time counts, and none is newer than another. */

/** More than ever are on the way at once. */
const mostKept = 100;

type Known = Pick<AlarmRow, 'alert' | 'moments'> | undefined;

export function isKnownMoment({ at }: Alert, row: Known): boolean {
  return row !== undefined && knownMoments(row).includes(at);
}

/** Those that are known and this one, oldest first; of very many the newest. */
export function momentsWith({ at }: Alert, row: Known): readonly string[] {
  return [...(row ? knownMoments(row) : []), at].sort().slice(-mostKept);
}

function knownMoments({ alert, moments }: NonNullable<Known>): readonly string[] {
  return moments ?? (alert.momentary && alert.state === 'ALARM' ? [alert.at] : []);
}

/** From a run's end to the alarm that counts it, CloudWatch takes some minutes. */
const sameRunMs = 15 * 60_000;

/** A run that failed has told why; the alarm on its metric says no more than that. */
export function tellsOfSameRun(alert: Alert, before: Alert | undefined): boolean {
  return (
    alert.momentary &&
    alert.source === 'cloudwatch' &&
    before?.source === 'job' &&
    Math.abs(Date.parse(alert.at) - Date.parse(before.at)) < sameRunMs
  );
}

/** What people are told besides, of what was held back. */
export function unheardNote(held: string, { unheard = 0 }: Pick<AlarmRow, 'unheard'>): string {
  const times = unheard === 1 ? 'once' : `${unheard} times`;
  return unheard === 0
    ? `Nobody was told before: ${held}.`
    : `It had happened ${times} before, and nobody was told: ${held}.`;
}
