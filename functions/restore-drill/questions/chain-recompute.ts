import type { Client } from 'pg';
import { inSnapshot } from '../../../shared/postgres/snapshot-transaction.ts';
import type { ChainTable } from './chain-table.ts';

export interface WrongHash {
  readonly entries: number;
  readonly organisation: string | null;
  readonly entry: string;
}

/**
 * Computes every entry's hash anew by the config's expression, in a read-only transaction, and tells of the first that
 * differs; null where none does. The table stands in the query under its own name, so that the expression can use its
 * columns and, by that name, the whole row. Throws what Postgres answers.
 */
export async function findWrongHash(
  client: Client,
  { from, organisation, hash, key }: ChainTable,
  recompute: string,
): Promise<WrongHash | null> {
  return inSnapshot(client, async () => {
    // The expression ends with its line, since it may end with a comment; the extended protocol takes no second statement.
    const query = {
      text: /* sql */ `
        SELECT count(*) OVER ()::float8 AS entries, organisation, entry FROM (
          SELECT ${organisation} AS organisation, ${key} AS entry FROM ${from}
           WHERE (${recompute}
                 )::text COLLATE "C" IS DISTINCT FROM ${hash}) AS wrong
         ORDER BY organisation NULLS FIRST, entry LIMIT 1`,
      queryMode: 'extended',
    };
    const { rows } = await client.query<WrongHash>(query);
    return rows[0] ?? null;
  });
}
