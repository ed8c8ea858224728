import { counted } from '../../shared/verify/counted.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import { isAnswered, valueIn } from './answer.ts';
import { newestUsable } from './check-snapshots.ts';
import type { Expected } from './expected.ts';
import type { Facts } from './facts.ts';
import { type NightSizes, nightsBefore } from './past.ts';
import { noBaseline, pass, warn } from './say.ts';

/** Last night's sizes beside those of the nights before, both ways: half a database is as suspect as a doubled one. */
export function checkSize(facts: Facts, expected: Expected): Finding[] {
  if (!isAnswered(facts.past)) return [];
  const tonight = sizesOf(facts);
  const before = nightsBefore(facts.past.value, tonight.night);
  const deviations = expected.settings.limits.sizeDeviations;
  const compare = (check: string, pick: (night: NightSizes) => number | null) =>
    compareSize(check, pick(tonight), before.map(pick), deviations);
  return [
    ...compare('snapshot size', ({ snapshotBytes }) => snapshotBytes),
    ...compare('export size', ({ exportBytes }) => exportBytes),
  ];
}

/** How large the newest backups are. */
export function sizesOf(facts: Facts): NightSizes {
  const automated = valueIn(facts.snapshots)?.automated ?? [];
  return {
    night: facts.readAt.slice(0, 10),
    snapshotBytes: newestUsable(automated)?.sizeBytes ?? null,
    exportBytes: (facts.exportBytes && valueIn(facts.exportBytes)) ?? null,
  };
}

const fewestNights = 4;
/** A night like the others may differ by this share of their median, however alike they were. */
const leastDeviation = 0.02;

function compareSize(
  check: string,
  bytes: number | null,
  history: readonly (number | null)[],
  deviations: number,
): Finding[] {
  if (bytes === null) return [];
  const known = history.filter((size) => size !== null);
  if (known.length < fewestNights) {
    const fact = `${inUnits(bytes)}; ${counted(known.length, 'earlier night is', 'earlier nights are')} known.`;
    return [noBaseline(check, fact, { limit: `${fewestNights} earlier nights to compare with` })];
  }
  const middle = median(known);
  const deviation = Math.max(median(known.map((size) => Math.abs(size - middle))), middle * leastDeviation);
  const away = Math.abs(bytes - middle);
  const limit = `${inUnits(Math.max(0, middle - deviations * deviation))} to ${inUnits(middle + deviations * deviation)}`;
  const fact = `${inUnits(bytes)}; the median of ${known.length} nights is ${inUnits(middle)}.`;
  if (away <= deviations * deviation) return [pass(check, fact, { limit })];
  const shrunk = bytes < middle;
  return [
    warn(check, fact, {
      limit,
      advice: shrunk
        ? 'See whether rows were deleted or a table is missing: `nightshift backup list`, the row counts in the manifests, and the last drill. Until you know, keep the older backups.'
        : 'See what was loaded or bloated: the row counts in the manifests of the last two nights tell the table.',
    }),
  ];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}

/** `1.4 GB`: decimal, as S3 bills them. */
function inUnits(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1_000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${power === 0 ? Math.round(bytes) : (bytes / 1_000 ** power).toFixed(1)} ${units[power]}`;
}
