import type { Client } from 'pg';
import { freezeShare } from './freeze-share.ts';
import type { Seen } from './outcome.ts';
import type { Action } from './plan.ts';

/** Of what was not looked at. */
export const nothing: Seen = {
  bytes: null,
  deadRows: null,
  age: null,
  freezeShare: null,
  id: null,
  mark: null,
  isValid: null,
  finding: null,
  faults: null,
  nextBlock: null,
  blocks: null,
};

/** Of the id, since a table that is dropped and made again is another. */
const tableSql = (mark: string) => /* sql */ `
  SELECT c.oid::text AS id, pg_stat_get_dead_tuples(c.oid)::float8 AS "deadRows", ${mark}::text AS mark,
    CASE WHEN c.relfrozenxid::text <> '0' THEN age(c.relfrozenxid) END AS age,
    greatest(${freezeShare('c')}, ${freezeShare('t')})::float8 AS "freezeShare",
    c.relpages * current_setting('block_size')::float8 AS bytes
  FROM pg_class c LEFT JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.oid = $1::oid`;

/** By name: REINDEX CONCURRENTLY gives the name to a new index. Its size as of the catalog's last look is not enough. */
const indexSql = /* sql */ `
  SELECT c.oid::text AS id, i.indisvalid AS "isValid", pg_relation_size(c.oid)::float8 AS bytes
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON i.indexrelid = c.oid
  WHERE n.nspname = $1 AND c.relname = $2`;

/** Blocks that were looked through count in the table's present file alone. */
const checkSql = /* sql */ `
  SELECT c.oid::text AS id, k.ended_at::text AS mark, k.finding, k.faults::float8 AS faults,
    k.next_block::float8 AS "nextBlock", k.blocks::float8 AS blocks
  FROM pg_class c LEFT JOIN nightshift.integrity_checks k
    ON k.object = $2 AND k.slot = $3 AND k.file_node = pg_relation_filenode(c.oid) WHERE c.oid = $1::oid`;

/** What an action works on, as it is now. */
export async function see(client: Client, action: Action, slot: string): Promise<Seen> {
  // Within one session statistics may be those of its last look.
  await client.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await client.query<Partial<Seen>>(...questionOf(action, slot));
  return { ...nothing, ...rows[0] };
}

function questionOf(action: Action, slot: string): [string, string[]] {
  const { id, schema, name, target } = action;
  switch (action.kind) {
    case 'vacuum':
      return [tableSql('pg_stat_get_last_vacuum_time(c.oid)'), [id]];
    case 'analyze':
      return [tableSql('pg_stat_get_last_analyze_time(c.oid)'), [id]];
    case 'rebuild index':
    case 'drop leftover':
      return [indexSql, [schema, name]];
    case 'check index':
    case 'check table':
      return [checkSql, [id, target, slot]];
  }
}
