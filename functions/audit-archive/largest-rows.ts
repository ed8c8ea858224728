import type { Client } from 'pg';
import { readArchiveColumns } from '../../shared/parquet/read-columns.ts';
import { LARGEST_ROW_BYTES, tooLargeRow } from '../../shared/parquet/row-size.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { Attempt } from './attempts.ts';
import type { ArchiveAction, Slice } from './plan.ts';
import type { ArchivePolicy } from './policy.ts';

/** What a message calls the most that a row may have. */
export const largestRow = `${LARGEST_ROW_BYTES / 2 ** 20} MB`;

/** The action, with a hold for each row that is too large to be archived. */
export async function leavingLargest(
  client: Client,
  action: ArchiveAction,
  attempt: Pick<Attempt, 'asText'>,
): Promise<ArchiveAction> {
  return { ...action, holds: [...action.holds, await largestCondition(client, action.policy, attempt)] };
}

/** A condition over the columns of the policy's source: what is copied of the row is too large. */
export async function largestCondition(
  client: Client,
  { source, omit, hash }: Pick<ArchivePolicy, 'source' | 'omit' | 'hash'>,
  { asText }: Pick<Attempt, 'asText'> = { asText: [] },
): Promise<string> {
  const table = { schema: source.schema, table: source.name };
  return tooLargeRow(await readArchiveColumns(client, table, { omit, hash, asText }));
}

/** How many rows of a slice are left because they are too large; those on hold are left for another reason. */
export async function countLargest(
  client: Client,
  { policy, ageType, holds }: ArchiveAction,
  { from, to }: Slice,
): Promise<number> {
  const age = quoteName(policy.ageColumn);
  const conditions = [
    `${age} >= $1::${ageType} AND ${age} < $2::${ageType}`,
    ...holds.map((hold) => `(${hold}) IS NOT TRUE`),
    await largestCondition(client, policy),
  ];
  const { rows } = await client.query<{ largest: number }>(
    `SELECT count(*)::float8 AS largest FROM ${quoteName(policy.source.schema, policy.source.name)} WHERE ${conditions.join(' AND ')}`,
    [from, to],
  );
  return rows[0]?.largest ?? 0;
}

/** Why the run is to fail: of the rows, no more is told than how many they are, and how they are found. */
export function tellLargest(
  { policy, key, cutoff }: Pick<ArchiveAction, 'policy' | 'key' | 'cutoff'>,
  rows: number,
): string {
  const { source, name, ageColumn } = policy;
  const found = key.length > 0 ? key : ['ctid'];
  const list = found.map((column) => quoteName(column)).join(', ');
  const statement = `SELECT ${list} FROM ${quoteName(source.schema, source.name)} WHERE ${quoteName(ageColumn)} < '${cutoff}' ORDER BY pg_column_size(${quoteName(source.name)}.*) DESC LIMIT ${rows};`;
  const what = rows === 1 ? '1 row of it is' : `${rows} rows of it are`;
  return `${name}: ${what} larger than ${largestRow}, more than is held in memory at once, and stayed; the others were archived. By ${found.join(', ')} they are found, the largest first: ${statement} Leave a large column out with "omit", make the rows smaller, or name them in a hold, and the run succeeds again.`;
}
