import type { Client } from 'pg';
import { copyOut } from '../../../shared/postgres/copy-out.ts';
import { inSnapshot } from '../../../shared/postgres/snapshot-transaction.ts';
import type { ChainTable } from './chain-table.ts';

/** An entry that no walk from the first one comes to. */
export interface Unreached {
  readonly entries: number;
  readonly organisation: string | null;
  readonly entry: string;
}

/** An organisation, NULL as well, as a text that joins; no organisation's own text begins otherwise. */
const numberedSql = ({ from, organisation, hash, previous, key }: ChainTable, withKey: boolean) => /* sql */ `
  SELECT row_number() OVER (ORDER BY chain, hash) AS number, * FROM (
    SELECT coalesce('=' || ${organisation}, '') AS chain, ${hash} AS hash, ${previous} AS previous
           ${withKey ? `, ${organisation} AS organisation, ${key} AS key` : ''} FROM ${from}) AS entry`;

/** For each entry its number and that of the one before it, 0 for a first one. */
const pairsSql = (table: ChainTable) => /* sql */ `
  COPY (WITH numbered AS MATERIALIZED (${numberedSql(table, false)})
        SELECT n.number, coalesce(p.number, 0) FROM numbered n
          LEFT JOIN numbered p ON p.chain = n.chain AND p.hash = n.previous) TO STDOUT`;

/**
 * Walks every chain from its first entry, once `readLinks` has found nothing. Then each organisation has one first
 * entry, every other entry has exactly one predecessor, and none has two followers: its entries fall into one path
 * and, at most, circles apart from it. So whoever the walk does not come to stands in a circle.
 *
 * Postgres numbers the entries and looks up the predecessors; what comes here is two numbers for each entry, kept in
 * four bytes. Walking inside Postgres would take one round of a recursive query for each entry.
 */
export async function findUnreached(
  client: Client,
  table: ChainTable,
  entries: number,
): Promise<Unreached | null> {
  return inSnapshot(client, async () => {
    const followers = await readFollowers(client, table, entries);
    const { unreached, first } = walk(followers.next, followers.roots);
    if (first === 0) return null;
    const { rows } = await client.query<{ organisation: string | null; entry: string }>(
      `SELECT organisation, key AS entry FROM (${numberedSql(table, true)}) AS numbered WHERE number = $1`,
      [first],
    );
    const [named] = rows;
    if (!named) throw new Error(`An entry of ${table.title} went away while the chains were walked.`);
    return { entries: unreached, ...named };
  });
}

interface Followers {
  /** By the number of an entry, that of its follower; 0 for none. Place 0 is not used. */
  readonly next: Uint32Array;
  readonly roots: readonly number[];
}

async function readFollowers(client: Client, table: ChainTable, entries: number): Promise<Followers> {
  const next = new Uint32Array(entries + 1);
  const roots: number[] = [];
  let number = 0;
  let value = 0;
  for await (const block of copyOut(client, pairsSql(table))) {
    for (const byte of block) {
      if (byte === TAB) {
        number = value;
        value = 0;
      } else if (byte === NEWLINE) {
        if (value === 0) roots.push(number);
        else next[value] = number;
        value = 0;
      } else {
        value = value * 10 + byte - DIGIT_ZERO;
      }
    }
  }
  return { next, roots };
}

const [TAB, NEWLINE, DIGIT_ZERO] = [0x09, 0x0a, 0x30];

/** How many entries are not come to, and the first of them by number; 0 where there is none. */
export function walk(next: Uint32Array, roots: readonly number[]): { unreached: number; first: number } {
  const reached = new Uint8Array(next.length);
  let count = 0;
  for (const root of roots) {
    for (let at = root; at !== 0 && reached[at] === 0; at = next[at] ?? 0) {
      reached[at] = 1;
      count += 1;
    }
  }
  const unreached = next.length - 1 - count;
  return { unreached, first: unreached === 0 ? 0 : reached.indexOf(0, 1) };
}
