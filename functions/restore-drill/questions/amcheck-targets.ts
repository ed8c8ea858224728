import type { Client } from 'pg';
import { formatTableName, type TableName } from '../../../shared/config/table-name.ts';
import { type BlockSlice, blockSlices } from './block-slices.ts';

/** One index, or some blocks of one table, for amcheck to look through. */
export interface AmcheckTarget {
  readonly kind: 'index' | 'table';
  readonly oid: string;
  /** For people: `the index public.ix_a of public.a`, `the TOAST of public.a`. */
  readonly title: string;
  readonly relation: TableName;
  /** As errors of reading name it: `base/5/16384`. */
  readonly file: string;
  readonly bytes: number;
  /** Of a table; an index is one piece. */
  readonly slice: BlockSlice | null;
}

/** System catalogs are among them: damage there loses more than one table. */
const targetsSql = /* sql */ `
  SELECT CASE c.relkind WHEN 'i' THEN 'index' ELSE 'table' END AS kind, c.oid::text AS oid,
         n.nspname AS schema, c.relname AS name, c.relkind = 't' AS "isToast", pg_relation_filepath(c.oid) AS file,
         pg_relation_size(c.oid)::float8 AS bytes, (pg_relation_size(c.oid) / current_setting('block_size')::int)::float8 AS blocks,
         onn.nspname AS "ownerSchema", o.relname AS "ownerName"
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_am a ON a.oid = c.relam
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
    LEFT JOIN pg_class o ON o.oid = i.indrelid OR c.relkind = 't' AND o.reltoastrelid = c.oid
    LEFT JOIN pg_namespace onn ON onn.oid = o.relnamespace
   WHERE c.relpersistence <> 't'
     AND (c.relkind = 'i' AND a.amname = 'btree' AND i.indisvalid AND i.indisready AND i.indislive
          OR c.relkind IN ('r', 'm', 't') AND a.amname = 'heap')
   ORDER BY bytes DESC, 3, 4`;

interface TargetRow extends TableName {
  readonly kind: 'index' | 'table';
  readonly oid: string;
  readonly isToast: boolean;
  readonly file: string;
  readonly bytes: number;
  readonly blocks: number;
  readonly ownerSchema: string | null;
  readonly ownerName: string | null;
}

/** Every valid btree index and every heap of the database, the largest first, so that all connections end together. */
export async function readTargets(client: Client): Promise<AmcheckTarget[]> {
  const { rows } = await client.query<TargetRow>(targetsSql);
  return rows.map((row) => ({
    kind: row.kind,
    oid: row.oid,
    title: titleOf(row),
    relation: { schema: row.schema, name: row.name },
    file: row.file,
    bytes: row.bytes,
    slice: null,
  }));
}

function titleOf(row: TargetRow): string {
  const { ownerSchema, ownerName } = row;
  const owner =
    ownerSchema !== null && ownerName !== null
      ? formatTableName({ schema: ownerSchema, name: ownerName })
      : null;
  if (row.kind === 'index') return `the index ${formatTableName(row)} of ${owner}`;
  return row.isToast ? `the TOAST of ${owner}` : `the table ${formatTableName(row)}`;
}

const leftOutSql = /* sql */ `
  SELECT CASE WHEN c.relkind <> 'i' THEN 'table of ' || a.amname WHEN a.amname <> 'btree' THEN a.amname ELSE 'invalid' END AS what,
         count(*)::int AS number
    FROM pg_class c JOIN pg_am a ON a.oid = c.relam LEFT JOIN pg_index i ON i.indexrelid = c.oid
   WHERE c.relpersistence <> 't'
     AND (c.relkind = 'i' AND NOT (a.amname = 'btree' AND i.indisvalid AND i.indisready AND i.indislive)
          OR c.relkind IN ('r', 'm', 't') AND a.amname <> 'heap')
   GROUP BY 1 ORDER BY 1`;

/** What amcheck cannot look through, in words: `2 gin, 1 invalid`; empty where there is none. */
export async function readLeftOut(client: Client): Promise<string> {
  const { rows } = await client.query<{ what: string; number: number }>(leftOutSql);
  return rows.map(({ what, number }) => `${number} ${what}`).join(', ');
}

/** The pieces that are worked on: a large table in slices. */
export function piecesOf(targets: readonly AmcheckTarget[], blockBytes: number): AmcheckTarget[] {
  return targets.flatMap((target) =>
    target.kind === 'index'
      ? [target]
      : blockSlices(target.bytes / blockBytes).map((slice) => ({ ...target, slice })),
  );
}

/** Some at random, until together they make up the share of the size; all of them for a share of 1. */
export function chooseShare(
  targets: readonly AmcheckTarget[],
  share: number,
  random: () => number,
): AmcheckTarget[] {
  if (share >= 1) return [...targets];
  const wanted = share * targets.reduce((sum, { bytes }) => sum + bytes, 0);
  const shuffled = targets
    .map((target) => ({ target, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ target }) => target);
  let bytes = 0;
  return shuffled.filter((target) => {
    if (bytes >= wanted) return false;
    bytes += target.bytes;
    return true;
  });
}
