import { PreconditionError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { madeName } from './made-names.ts';
import type { ArchivePolicy } from './policy.ts';
import type { RelationColumn } from './relation-columns.ts';

/** One column of the table of days: what it is, how it comes from rows, and how two days become one. */
export interface DayColumn extends Pick<RelationColumn, 'name' | 'type' | 'collation'> {
  readonly part: 'group' | 'added' | 'least' | 'greatest';
  /** Over the rows: of each one for a `group`, of all that are in it for the others. */
  readonly ofRows: string;
}

type RolledUp = Pick<ArchivePolicy, 'name' | 'ageColumn' | 'rollUp'>;

/**
 * The day (UTC), the groups, `samples` (rows), and of each measure `_samples` (those that are not null), `_sum`,
 * `_least` and `_greatest`; the day is the first. Throws PreconditionError for what cannot be rolled up.
 */
export function dayColumns(policy: RolledUp, live: readonly RelationColumn[]): DayColumn[] {
  const { groupBy, measures } = policy.rollUp ?? { groupBy: [], measures: [] };
  const columns = [
    dayColumn(liveColumn(policy, live, policy.ageColumn)),
    ...groupBy.map((name) => groupColumn(liveColumn(policy, live, name))),
    { name: 'samples', type: 'bigint', collation: null, part: 'added', ofRows: 'count(*)' } as const,
    ...measures.flatMap((name) => measureColumns(policy, liveColumn(policy, live, name))),
  ];
  const repeated = columns.map(({ name }) => name).filter((name, at, all) => all.indexOf(name) < at);
  if (repeated.length === 0) return columns;
  throw new PreconditionError(
    `${policy.name} cannot be rolled up: its days would have more than one column ${repeated.join(', ')}. Rename the column of the table, or leave it out of "rollUp".`,
  );
}

function liveColumn(policy: RolledUp, live: readonly RelationColumn[], name: string): RelationColumn {
  const found = live.find((column) => column.name === name);
  if (found) return found;
  throw new PreconditionError(`${policy.name} has no column ${name}: correct the policy's "rollUp".`);
}

function dayColumn({ name, baseType }: RelationColumn): DayColumn {
  const age = quoteName(name);
  const utc = baseType.endsWith('with time zone') ? `(${age} AT TIME ZONE 'UTC')` : age;
  return { name: 'day', type: 'date', collation: null, part: 'group', ofRows: `${utc}::date` };
}

function groupColumn({ name, type, collation }: RelationColumn): DayColumn {
  return { name, type, collation, part: 'group', ofRows: quoteName(name) };
}

function measureColumns({ name: policy }: RolledUp, { name, type, baseType }: RelationColumn): DayColumn[] {
  const sumType = sumTypes.get(baseType);
  if (sumType === undefined) {
    throw new PreconditionError(
      `${policy} cannot be rolled up: its ${name} is ${type}, and a measure must be a number or an interval.`,
    );
  }
  const measure = quoteName(name);
  const column = (
    suffix: string,
    columnType: string,
    part: DayColumn['part'],
    ofRows: string,
  ): DayColumn => ({
    name: madeName(name, suffix),
    type: columnType,
    collation: null,
    part,
    ofRows,
  });
  return [
    column('_samples', 'bigint', 'added', `count(${measure})`),
    column('_sum', sumType, 'added', `sum(${measure}::${sumType})`),
    column('_least', type, 'least', `min(${measure})`),
    column('_greatest', type, 'greatest', `max(${measure})`),
  ];
}

/** `numeric`, since the sum of many integers may be larger than any integer type. */
const sumTypes: ReadonlyMap<string, string> = new Map([
  ['smallint', 'numeric'],
  ['integer', 'numeric'],
  ['bigint', 'numeric'],
  ['numeric', 'numeric'],
  ['real', 'double precision'],
  ['double precision', 'double precision'],
  ['interval', 'interval'],
]);
