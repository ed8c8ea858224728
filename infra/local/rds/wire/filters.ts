import { AwsFault } from '../../gateway/service.ts';
import type { Filter } from './form.ts';

/** For each filter's name, the values of an item that it is compared with. */
export type FilterFields<T> = Readonly<Record<string, (item: T) => readonly (string | undefined)[]>>;

/** Keeps the items that match one value of every filter. Throws `InvalidParameterValue` for a name that is not known. */
export function applyFilters<T>(
  items: Iterable<T>,
  filters: readonly Filter[],
  fields: FilterFields<T>,
): T[] {
  const tests = filters.map(({ name, values }) => {
    const read = fields[name];
    if (!read) throw new AwsFault('InvalidParameterValue', `Unrecognized filter name: ${name}`);
    return (item: T) => read(item).some((value) => value !== undefined && values.includes(value));
  });
  return [...items].filter((item) => tests.every((test) => test(item)));
}
