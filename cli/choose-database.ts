import { UsageError } from './failure.ts';

/** The one that was asked for, or the only one that there is. Throws UsageError. */
export function chooseDatabase(asked: string | undefined, names: readonly string[]): string {
  const [only, ...others] = names;
  if (asked !== undefined) return asked;
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError(`Say which --database: ${names.join(', ')}.`);
}
