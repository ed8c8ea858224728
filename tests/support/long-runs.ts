/** Set by `npm run test:long`: properties then run over many more cases, and races over many more rounds. */
export const isLong = process.env.NIGHTSHIFT_LONG === '1';

/** How often a property or a race is tried: the first number by default, the second in the long form. */
export function rounds(usual: number, long: number): number {
  return isLong ? long : usual;
}

/** Milliseconds that one test may take: a minute, or half an hour in the long form. */
export const patienceMs = isLong ? 1_800_000 : 60_000;
