import type { Silence } from '../shared/alarm/silence.ts';
import { formatTime } from './units.ts';

/** One that was set by hand, or one of the config, which has no id. */
export interface KnownSilence extends Silence {
  readonly id: string | null;
  readonly by: string;
}

/** Two lines for each: which and until when, and what is quiet. */
export function describeSilences(silences: readonly KnownSilence[]): string {
  if (silences.length === 0) return 'Nothing is silenced.';
  return silences
    .map((silence) => {
      const { id, by, why } = silence;
      return `${(id ?? 'config').padEnd(8)}  ${describePeriod(silence)}: ${why} (${by})\n          ${describeSilenced(silence)}`;
    })
    .join('\n');
}

/** `until 2026-11-21 22:00:00 UTC` */
export function describePeriod({ from, until }: Silence): string {
  return `${from === undefined ? '' : `from ${formatTime(from)} `}until ${formatTime(until)}`;
}

/** `alarms *-cpu, *-memory; databases menotime` */
export function describeSilenced({ alarms, databases, severities }: Silence): string {
  const parts = Object.entries({ alarms, databases, severities }).flatMap(([what, names]) =>
    names === undefined ? [] : [`${what} ${names.join(', ')}`],
  );
  return parts.length === 0 ? 'every alarm, critical ones too' : parts.join('; ');
}
