import * as z from 'zod/mini';
import type { Band, Shown } from './observed.ts';
import { loosely } from './refuse.ts';

/** What an alarm saw when it changed, in the metric's own unit. */
export type Reading = Pick<Shown, 'value' | 'threshold' | 'band' | 'noData'>;

/** Built once, when the first event is read. */
function dataSchema() {
  const numbers = loosely(z.array(z.number()));
  return z.object({
    threshold: loosely(z.number()),
    /** Oldest first. */
    recentDatapoints: numbers,
    recentLowerThresholds: numbers,
    recentUpperThresholds: numbers,
    /** Newest first; without a value where nothing was measured. */
    evaluatedDatapoints: loosely(z.array(z.object({ value: loosely(z.number()) }))),
  });
}

const schema = z.lazy(dataSchema);

/** From `reasonData`, which is JSON in a string and may be absent; what it lacks, from the words of `reason`. */
export function readReading(reasonData: string | null | undefined, reason: string | null): Reading {
  const words = readWords((reason ?? '').slice(0, 4_000));
  const data = readData(reasonData);
  if (!data) return words;
  const evaluated = data.evaluatedDatapoints?.find(({ value }) => typeof value === 'number')?.value;
  const lower = data.recentLowerThresholds?.at(-1) ?? null;
  const upper = data.recentUpperThresholds?.at(-1) ?? null;
  return {
    value: data.recentDatapoints?.at(-1) ?? evaluated ?? words.value,
    threshold: data.threshold ?? words.threshold,
    band: lower === null && upper === null ? words.band : { lower, upper },
    noData: words.noData,
  };
}

function readData(reasonData: string | null | undefined) {
  if (!reasonData) return undefined;
  try {
    return schema.safeParse(JSON.parse(reasonData)).data;
  } catch {
    // SyntaxError: somebody set the state by hand. The alarm is told nonetheless, with what its reason says.
    return undefined;
  }
}

const number = '(-?\\d[\\d.]{0,30}(?:E-?\\d{1,3})?)';
const patterns = {
  /** `[91.2 (02/01/26 16:59:00), 88.0 (02/01/26 16:54:00)]`: newest first. */
  value: new RegExp(`\\[${number} \\(`, 'i'),
  threshold: new RegExp(`thresholds? \\(${number}\\)`, 'i'),
  lower: new RegExp(`lower thresholds \\[${number}`, 'i'),
  upper: new RegExp(`upper thresholds \\[${number}`, 'i'),
};

function readWords(reason: string): Reading {
  const read = (pattern: RegExp) => {
    const found = Number(pattern.exec(reason)?.[1] ?? Number.NaN);
    return Number.isFinite(found) ? found : null;
  };
  const band: Band = { lower: read(patterns.lower), upper: read(patterns.upper) };
  return {
    value: read(patterns.value),
    threshold: read(patterns.threshold),
    band: band.lower === null && band.upper === null ? null : band,
    noData: /no datapoints were received/i.test(reason),
  };
}
