import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { sqlStateOf } from '../../shared/postgres/sqlstate.ts';
import type { ShapeColumn } from './archive-shape.ts';
import { partitionName } from './made-names.ts';
import { asValue } from './slices.ts';

/** What is before our era, and `-infinity`, as `chooseRows` names it. */
const beforeOurEra = '0000-00';

/** `2024-03` -> `FOR VALUES FROM ('2024-03-01') TO ('2024-04-01')`, as Postgres writes it of a column of that type. */
export function boundOf(month: string, type: string): string {
  if (month === beforeOurEra) return `FOR VALUES FROM (MINVALUE) TO ('${asValue(start(1, 1), type)}')`;
  const [year = 0, number = 0] = month.split('-').map(Number);
  const next = number === 12 ? start(year + 1, 1) : start(year, number + 1);
  return `FOR VALUES FROM ('${asValue(start(year, number), type)}') TO ('${asValue(next, type)}')`;
}

const start = (year: number, month: number) =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-01T00:00:00.000Z`;

/**
 * Adds the partition of a month where there is none. Made beside the table and then attached, since that lets others
 * read and write the table meanwhile. Throws PreconditionError where another partition takes a part of the month.
 */
export async function makePartition(
  client: Client,
  table: TableName,
  { type }: ShapeColumn,
  month: string,
): Promise<void> {
  const bound = boundOf(month, type);
  const parent = quoteName(table.schema, table.name);
  if (await hasPartition(client, parent, bound)) return;
  const name = quoteName(table.schema, await freeName(client, table, month));
  await client.query(`CREATE TABLE ${name} (LIKE ${parent} INCLUDING STORAGE INCLUDING COMPRESSION)`);
  try {
    await client.query(`ALTER TABLE ${parent} ATTACH PARTITION ${name} ${bound}`);
  } catch (error) {
    if (sqlStateOf(error) !== '42P17') throw error;
    throw new PreconditionError(
      `The archive table ${parent} has a partition that takes a part of ${month}, but not all of it: ${(error as Error).message}. Let its partitions be whole months, or longer, or give it a default partition.`,
    );
  }
}

async function hasPartition(client: Client, parent: string, bound: string): Promise<boolean> {
  const { rows } = await client.query(
    /* sql */ `SELECT FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid
                WHERE i.inhparent = $1::regclass AND pg_get_expr(p.relpartbound, p.oid) = $2`,
    [parent, bound],
  );
  return rows.length > 0;
}

/** The month's own name, or one with a number where something else goes by that. */
async function freeName(client: Client, table: TableName, month: string): Promise<string> {
  const wanted = ['', '_2', '_3', '_4', '_5'].map((more) => partitionName(table, `${month}${more}`));
  const { rows } = await client.query<{ name: string }>(
    /* sql */ `SELECT name FROM unnest($2::text[]) WITH ORDINALITY w (name, place)
                WHERE to_regclass(format('%I.%I', $1::text, name)) IS NULL AND to_regtype(format('%I.%I', $1::text, name)) IS NULL
                ORDER BY place LIMIT 1`,
    [table.schema, wanted],
  );
  const [free] = rows;
  if (free) return free.name;
  throw new PreconditionError(
    `No partition of ${quoteName(table.schema, table.name)} can be made for ${month}: ${wanted.join(', ')} are tables already. Rename one that is not in use.`,
  );
}
