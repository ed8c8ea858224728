import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { formatTableName } from '../../shared/config/table-name.ts';
import type { Evidence, RelationFact, ServerMarks } from './evidence.ts';

/** A relation as it is now. */
export interface FoundRelation extends RelationFact {
  readonly name: string;
  readonly populated: boolean;
}

/** UTC, with microseconds. */
const iso = (time: string) => `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const marksSql = /* sql */ `
  SELECT oid::text AS database, ${iso('pg_postmaster_start_time()')} AS "startedAt",
         ${iso('pg_stat_get_db_stat_reset_time(oid)')} AS "statisticsReset",
         ${iso('(SELECT stats_reset FROM pg_stat_wal)')} AS "walReset"
    FROM pg_database WHERE datname = current_database()`;

/** A reset sets counters back first and tells the time afterwards: see where this is called. */
export async function readMarks(client: Client): Promise<ServerMarks> {
  return only((await client.query<ServerMarks>(marksSql)).rows);
}

/**
 * A column that was added or renamed is seen by whoever takes the whole row, and a virtual one answers otherwise once
 * its expression is another. Of the relation by content, since its row's version changes without it; of what is in it
 * by version as well, for it may have been another while a refresh was at work, and have been set back.
 */
const shapeOf = (relation: string) => /* sql */ `
  md5(concat_ws('|', ${relation}.relkind, ${relation}.relowner, ${relation}.relrowsecurity, ${relation}.relforcerowsecurity,
    CASE WHEN ${relation}.relkind = 'v' THEN ${relation}.reloptions END,
    (SELECT string_agg(concat_ws(',', a.attnum, a.xmin, a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attisdropped, a.attmissingval,
              (SELECT d.xmin FROM pg_attrdef d WHERE a.attgenerated <> '' AND d.adrelid = a.attrelid AND d.adnum = a.attnum)),
              ';' ORDER BY a.attnum)
       FROM pg_attribute a WHERE a.attrelid = ${relation}.oid AND a.attnum > 0)))`;

const relationsSql = /* sql */ `
  WITH RECURSIVE read (id) AS (
      SELECT unnest($1::oid[])
    UNION
      SELECT i.inhrelid FROM read JOIN pg_inherits i ON i.inhparent = read.id)
  SELECT c.oid::text AS id, n.nspname AS schema, c.relname, c.relispopulated AS populated,
         pg_relation_filenode(c.oid)::text AS "fileNode",
         pg_stat_get_tuples_inserted(c.oid)::text AS inserted,
         pg_stat_get_tuples_updated(c.oid)::text AS updated,
         pg_stat_get_tuples_deleted(c.oid)::text AS deleted,
         ARRAY(SELECT concat_ws(' ', i.inhparent, i.xmin) FROM pg_inherits i
                WHERE i.inhrelid = c.oid ORDER BY i.inhparent) AS parents,
         ${shapeOf('c')} AS shape,
         (SELECT m.amname FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap') AS "keptBy"
    FROM read JOIN pg_class c ON c.oid = read.id JOIN pg_namespace n ON n.oid = c.relnamespace`;

/** Relations by oid, with their partitions and children, and theirs; what is gone is left out. */
export async function readRelations(
  client: Client,
  ids: readonly string[],
): Promise<Map<string, FoundRelation>> {
  type Row = Omit<FoundRelation, 'name'> & { id: string; schema: string; relname: string };
  const { rows } = await client.query<Row>(relationsSql, [ids]);
  return new Map(
    rows.map(({ id, schema, relname, ...fact }) => [
      id,
      { ...fact, name: formatTableName({ schema, name: relname }) },
    ]),
  );
}

/** Under which a query of settings alone may answer otherwise; those that every connection of ours sets are left out. */
const settingNames = [
  'bytea_output',
  'default_text_search_config',
  'extra_float_digits',
  'intervalstyle',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'quote_all_identifiers',
  'search_path',
  'xmlbinary',
  'xmloption',
];

/**
 * By the versions of their rows: what was set back to what it had been is another. A function may call others that
 * Postgres does not record: where any is called, all count. So do the labels of all enums and the fields of all
 * composite types.
 */
const definitionsSql = /* sql */ `
  SELECT (SELECT coalesce(jsonb_object_agg(r.oid, r.xmin || ${shapeOf('c')}), '{}')
            FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.oid = ANY ($1::oid[])) AS rules,
         (SELECT md5(string_agg(p.oid || ' ' || p.xmin, ',' ORDER BY p.oid)) FROM pg_proc p
           WHERE $2 AND p.oid >= 16384
             AND p.pronamespace NOT IN (SELECT oid FROM pg_namespace WHERE starts_with(nspname, 'pg_temp_'))) AS functions,
         (SELECT md5(string_agg(concat_ws(' ', e.oid, e.xmin), ',' ORDER BY e.oid)) FROM pg_enum e) AS labels,
         (SELECT md5(string_agg(${shapeOf('c')}, ',' ORDER BY c.oid)) FROM pg_class c
           WHERE c.relkind = 'c' AND c.oid >= 16384) AS fields,
         (SELECT jsonb_object_agg(name, current_setting(name)) FROM unnest($3::text[]) AS s (name)) AS settings`;

/** Of a view: rules and functions by their oids. */
export interface DefinitionIds {
  readonly rules: readonly string[];
  readonly functions: readonly string[];
}

export interface Definitions {
  readonly settings: Evidence['settings'];
  /** The hash of one view's definition. */
  of(ids: DefinitionIds): string;
}

export async function readDefinitions(client: Client, all: readonly DefinitionIds[]): Promise<Definitions> {
  const rules = [...new Set(all.flatMap((ids) => ids.rules))];
  const callsFunctions = all.some(({ functions }) => functions.length > 0);
  const { rows } = await client.query<{
    rules: Record<string, string>;
    functions: string | null;
    labels: string | null;
    fields: string | null;
    settings: Record<string, string>;
  }>(definitionsSql, [rules, callsFunctions, settingNames]);
  const found = only(rows);
  return {
    settings: found.settings,
    of: (ids) => {
      const parts = ids.rules.toSorted().map((id) => [id, found.rules[id] ?? 'gone']);
      const functions = ids.functions.length > 0 ? [ids.functions.toSorted(), found.functions] : [];
      return createHash('sha256')
        .update(JSON.stringify([parts, functions, found.labels, found.fields]))
        .digest('hex');
    },
  };
}

function only<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row !== undefined) return row;
  throw new Error('A query that always answers one row answered none.');
}
