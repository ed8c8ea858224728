import type { TableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { DayColumn } from './day-columns.ts';

type Days = readonly DayColumn[];

/** A SELECT of the days of `rows`: a table's name, or a FROM item with a WHERE behind it. */
export function daysOf(columns: Days, rows: string): string {
  const list = columns.map(({ name, ofRows }) => `${ofRows} AS ${quoteName(name)}`);
  return `SELECT ${list.join(', ')} FROM ${rows} GROUP BY ${groupsOf(columns, ({ ofRows }) => ofRows)}`;
}

/** A SELECT that makes one day of all that are the same day of the same group. */
export function mergedDays(columns: Days, days: string): string {
  const list = columns.map((column) => `${merged(column)} AS ${quoteName(column.name)}`);
  return `SELECT ${list.join(', ')} FROM (${days}) AS days GROUP BY ${groupsOf(columns, ({ name }) => quoteName(name))}`;
}

function merged({ name, part, type }: DayColumn): string {
  const column = quoteName(name);
  switch (part) {
    case 'group':
      return column;
    case 'added':
      return `sum(${column})::${type}`;
    case 'least':
      return `min(${column})::${type}`;
    case 'greatest':
      return `max(${column})::${type}`;
  }
}

/** An INSERT of days into the table that keeps them; a day that is there already takes up what came late. */
export function insertDays(columns: Days, archive: TableName, days: string): string {
  const names = columns.map(({ name }) => quoteName(name)).join(', ');
  const updates = columns.filter(({ part }) => part !== 'group').map(takenUp);
  return `INSERT INTO ${quoteName(archive.schema, archive.name)} AS kept (${names}) ${days}
    ON CONFLICT (${groupsOf(columns, ({ name }) => quoteName(name))}) DO UPDATE SET ${updates.join(', ')}`;
}

function takenUp({ name, part }: DayColumn): string {
  const column = quoteName(name);
  const [kept, late] = [`kept.${column}`, `excluded.${column}`];
  // LEAST and GREATEST pass over NULL; an addition would become NULL.
  if (part === 'added') return `${column} = coalesce(${kept} + ${late}, ${kept}, ${late})`;
  return `${column} = ${part === 'least' ? 'LEAST' : 'GREATEST'}(${kept}, ${late})`;
}

function groupsOf(columns: Days, expression: (column: DayColumn) => string): string {
  return columns
    .filter(({ part }) => part === 'group')
    .map(expression)
    .join(', ');
}
