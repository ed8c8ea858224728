/** Set by `npm run test:long`: properties then run over many more cases, and races over many more rounds. */
export const isLong = process.env.NIGHTSHIFT_LONG === '1';

/** How often a property or a race is tried: the first number by default, the second in the long form. */
export function rounds(usual: number, long: number): number {
  return isLong ? long : usual;
}
