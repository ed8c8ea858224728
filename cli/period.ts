import { Option } from 'commander';
import { UsageError } from './failure.ts';

/** By the age column; ISO 8601 in UTC, `to` exclusive. What is left out does not bound. */
export interface Period {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export const fromOption = () => new Option('--from <time>', 'rows of this day or time (UTC) and later');
export const toOption = () => new Option('--to <time>', 'rows before this day or time (UTC)');

const form = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** Throws UsageError. */
export function readPeriod({ from, to }: Period): Period {
  const period = { from: readTime('--from', from), to: readTime('--to', to) };
  if (period.from && period.to && period.from >= period.to) {
    throw new UsageError(`--from ${from} is not before --to ${to}: nothing lies between.`);
  }
  return period;
}

/** An empty text, as a shell makes of a variable that is not set, is no time either. */
function readTime(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const local = /T.*[^Z]$/.test(text) && !/[+-]\d\d:\d\d$/.test(text);
  const time = form.test(text) ? Date.parse(local ? `${text}Z` : text) : Number.NaN;
  // Date takes 2026-02-30 for the 2nd of March.
  const real = !Number.isNaN(time) && isDay(text.slice(0, 10));
  if (real) return new Date(time).toISOString();
  throw new UsageError(
    `${option} ${JSON.stringify(text)} is no time such as 2025-01-31 or 2025-01-31T12:00:00Z.`,
  );
}

function isDay(day: string): boolean {
  const time = Date.parse(day);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day);
}
