import type { Client } from 'pg';
import { formatTableName } from '../../shared/config/table-name.ts';
import type { CheckFact } from './facts.ts';
import { inScope, type Scope, scopeValues } from './scope.ts';

/**
 * Every table and valid B-tree index that can be looked through: partitions one by one, and what keeps long values, where
 * there are any.
 * Temporary ones are their session's alone; catalogs are what a drill looks through in a restored copy.
 */
const checksSql = /* sql */ `
  WITH locked AS MATERIALIZED (
    -- Whose size would be waited for.
    SELECT relation FROM pg_locks WHERE mode = 'AccessExclusiveLock'
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  )
  SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name, CASE WHEN c.relkind = 'i' THEN 'index' ELSE 'table' END AS kind,
    greatest(c.relpages, 1) * current_setting('block_size')::float8 AS bytes,
    CASE WHEN m.oid <> t.oid THEN mn.nspname END AS "ownerSchema", CASE WHEN m.oid <> t.oid THEN m.relname END AS "ownerName",
    pg_relation_filenode(c.oid)::text AS file
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
    JOIN pg_class t ON t.oid = coalesce(i.indrelid, c.oid)
    LEFT JOIN pg_class o ON t.relkind = 't' AND o.reltoastrelid = t.oid
    JOIN pg_class m ON m.oid = coalesce(o.oid, t.oid)
    JOIN pg_namespace mn ON mn.oid = m.relnamespace
  WHERE c.relpersistence <> 't' AND mn.nspname !~ '^pg_' AND mn.nspname <> 'information_schema'
    AND (c.relkind IN ('r', 'm', 't') AND a.amname = 'heap'
      OR c.relkind = 'i' AND a.amname = 'btree' AND i.indisvalid AND i.indisready AND i.indislive)
    AND CASE WHEN t.relkind <> 't' OR t.oid IN (SELECT relation FROM locked) THEN true ELSE pg_relation_size(t.oid) > 0 END
    AND ${inScope('m')}
  ORDER BY c.oid`;

/** Of each object when it was last found sound, and how far the newest look has come that did not end. */
const doneSql = /* sql */ `
  SELECT DISTINCT ON (object) object, tried_at AS "triedAt",
    max(ended_at) FILTER (WHERE finding IS NULL) OVER (PARTITION BY object) AS "checkedAt",
    CASE WHEN ended_at IS NULL AND began_at > clock_timestamp() - make_interval(days => $1) THEN file_node::text END AS file,
    next_block::float8 AS block, blocks::float8 AS of
  FROM nightshift.integrity_checks ORDER BY object, tried_at DESC`;

interface DoneRow {
  object: string;
  triedAt: Date;
  checkedAt: Date | null;
  file: string | null;
  block: number;
  of: number;
}

type Row = Pick<CheckFact, 'id' | 'schema' | 'name' | 'kind' | 'bytes'> & {
  ownerSchema: string | null;
  ownerName: string | null;
  file: string | null;
};

/** Whatever there is to look through; a place to go on from is no older than `everyDays`. */
export async function readChecks(client: Client, scope: Scope, everyDays: number): Promise<CheckFact[]> {
  const done = await client.query<DoneRow>(doneSql, [everyDays]);
  const doneOf = new Map(done.rows.map((row) => [row.object, row]));
  const { rows } = await client.query<Row>(checksSql, scopeValues(scope));
  return rows.map((row) => factOf(row, doneOf.get(formatTableName(row))));
}

function factOf({ ownerSchema, ownerName, file, ...object }: Row, done: DoneRow | undefined): CheckFact {
  const isBegun = done !== undefined && done.block > 0 && done.file !== null && done.file === file;
  return {
    ...object,
    toastOf: ownerSchema && ownerName && formatTableName({ schema: ownerSchema, name: ownerName }),
    checkedAt: done?.checkedAt?.toISOString() ?? null,
    triedAt: done?.triedAt.toISOString() ?? null,
    next: isBegun ? { block: done.block, of: done.of } : null,
  };
}
