import type { Client } from 'pg';
import { formatTableName } from '../../../shared/config/table-name.ts';
import { quoteName } from '../../../shared/postgres/quote.ts';
import { inSnapshot } from '../../../shared/postgres/snapshot-transaction.ts';
import type { BlockSlice } from './block-slices.ts';
import type { Relation } from './relations.ts';
import { type Tried, tried } from './tried.ts';

/** Whoever reads rows to see whether they can be read must not be given an index instead. */
export const heapOnlySql = /* sql */ `
  SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off`;

/** undefined_function: a type of a column has no binary form, such as aclitem. */
const NO_BINARY_FORM = '42883';

/**
 * Reads a slice of a table row by row, each value whole and out of TOAST, and counts. The rows are put together inside
 * the server, as COPY would, and thrown away there: none of them travels.
 */
export async function countSlice(
  client: Client,
  relation: Relation,
  slice: BlockSlice,
): Promise<Tried<number>> {
  const read = async (wholeRow: string) => {
    const doing = `Reading ${formatTableName(relation)}${placeOf(relation, slice)}`;
    return tried(doing, () => inSnapshot(client, () => countWhole(client, relation, slice, wholeRow)));
  };
  const counted = await read('record_send(t.*)');
  return counted.kind === 'refused' && counted.state === NO_BINARY_FORM ? read('(t.*)::text') : counted;
}

async function countWhole(
  client: Client,
  { schema, name }: Relation,
  { from, to }: BlockSlice,
  wholeRow: string,
): Promise<number> {
  await client.query(heapOnlySql);
  const bounds = [
    ...(from > 0 ? [`t.ctid >= '(${from},0)'`] : []),
    ...(to === null ? [] : [`t.ctid < '(${to},0)'`]),
  ];
  const where = bounds.length > 0 ? `WHERE ${bounds.join(' AND ')}` : '';
  const { rows } = await client.query<{ rows: string }>(
    // The length has to be summed up: what is only counted would not be put together.
    /* sql */ `SELECT count(*) AS rows, sum(octet_length(${wholeRow})) AS bytes
                 FROM ONLY ${quoteName(schema, name)} AS t ${where}`,
  );
  return Number(rows[0]?.rows ?? 0);
}

function placeOf({ blocks }: Relation, { from, to }: BlockSlice): string {
  if (from === 0 && to === null) return '';
  return ` from block ${from} to ${(to ?? blocks) - 1}`;
}
