import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import type { TableFact } from './facts.ts';

/** A table that is asked about, with the column that an index should begin with. */
export interface AskedTable extends TableName {
  readonly ageColumn: string;
}

export type CatalogFact = Omit<TableFact, 'deleteTriggers' | 'shrinkingViews'> & {
  /** `oid`, as text. */
  readonly id: string;
  /** The table's own, and those of all of its partitions. */
  readonly ownIds: readonly string[];
  readonly ancestorIds: readonly string[];
};

/** What a relation is, in words, for its alias in `pg_class`. */
export const kind = (c: string) => /* sql */ `
  CASE ${c}.relkind WHEN 'r' THEN CASE WHEN ${c}.relispartition THEN 'partition' ELSE 'table' END
    WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
    WHEN 'f' THEN 'foreign table' ELSE 'sequence or index' END`;

/** A JSON array of all that `from` finds. */
export const list = (element: string, from: string) =>
  /* sql */ `coalesce((SELECT json_agg(${element}) FROM ${from}), '[]')`;

/** `ColumnFact`s of a relation, for its alias in `pg_class`. */
export const columns = (c: string) =>
  list(
    /* sql */ `json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'notNull', a.attnotnull, 'generated', a.attgenerated <> '') ORDER BY a.attnum`,
    `pg_attribute a WHERE a.attrelid = ${c}.oid AND a.attnum > 0 AND NOT a.attisdropped`,
  );

const key = list(
  'a.attname ORDER BY k.place',
  /* sql */ `pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k (number, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
    WHERE i.indrelid = c.oid AND i.indisprimary AND k.place <= i.indnkeyatts`,
);

/** Of all rows, in order, with the age first: what finds the oldest rows without reading the others. */
const ageIndex = /* sql */ `
  (SELECT min(ic.relname) FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am m ON m.oid = ic.relam
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = c.oid AND m.amname = 'btree' AND i.indisvalid AND i.indpred IS NULL AND a.attname = w.age)`;

const rules = list(
  /* sql */ `json_build_object('name', r.rulename, 'table', json_build_object('schema', rn.nspname, 'name', rc.relname),
    'instead', r.is_instead) ORDER BY r.rulename`,
  /* sql */ `pg_rewrite r JOIN pg_class rc ON rc.oid = r.ev_class JOIN pg_namespace rn ON rn.oid = rc.relnamespace
    WHERE r.ev_type = '4' AND r.ev_enabled IN ('O', 'A') AND r.ev_class IN (SELECT rel FROM tree WHERE root = c.oid)`,
);

const actionNames = /* sql */ `CASE f.confdeltype WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict'
  WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' ELSE 'set default' END`;

/** The table that points here, and from there on what cascades take along; the trees of partitions are taken as a whole. */
const reaches = /* sql */ `(
  WITH RECURSIVE reached AS (
    SELECT f.conrelid AS rel, f.confdeltype = 'c' AS deletes
    UNION SELECT more.rel, more.deletes FROM reached r CROSS JOIN LATERAL (
      SELECT i.inhrelid AS rel, r.deletes FROM pg_inherits i WHERE i.inhparent = r.rel
      UNION SELECT i.inhparent, r.deletes FROM pg_inherits i WHERE i.inhrelid = r.rel
      UNION SELECT k.conrelid, k.confdeltype = 'c' FROM pg_constraint k
            WHERE k.contype = 'f' AND k.confrelid = r.rel AND k.confdeltype IN ('c', 'n', 'd') AND r.deletes) more
  ) SELECT json_agg(json_build_object('schema', schema, 'name', name) ORDER BY schema, name) FROM (
      SELECT DISTINCT rn.nspname AS schema, rc.relname AS name FROM reached r
      JOIN pg_class rc ON rc.oid = r.rel JOIN pg_namespace rn ON rn.oid = rc.relnamespace) named)`;

/** A key that points to a partitioned table is repeated for each of its partitions, and for each that it points from. */
const references = list(
  /* sql */ `json_build_object('name', f.conname, 'schema', fn.nspname, 'table', fc.relname, 'onDelete', ${actionNames},
    'columns', (SELECT json_agg(json_build_object('from', fa.attname, 'to', ta.attname) ORDER BY p.place)
                  FROM unnest(f.conkey, f.confkey) WITH ORDINALITY p (a, b, place)
                  JOIN pg_attribute fa ON fa.attrelid = f.conrelid AND fa.attnum = p.a
                  JOIN pg_attribute ta ON ta.attrelid = f.confrelid AND ta.attnum = p.b),
    'reaches', ${reaches}) ORDER BY fn.nspname, fc.relname, f.conname`,
  /* sql */ `pg_constraint f JOIN pg_class fc ON fc.oid = f.conrelid JOIN pg_namespace fn ON fn.oid = fc.relnamespace
    WHERE f.contype = 'f' AND f.confrelid IN (SELECT rel FROM tree WHERE root = c.oid)
      AND NOT EXISTS (SELECT FROM pg_constraint above WHERE above.oid = f.conparentid
                         AND above.confrelid IN (SELECT rel FROM tree WHERE root = c.oid))`,
);

/** Of what somebody holds locked, the size is that of the last VACUUM or ANALYZE: nobody is waited for. */
const bytes = (c: string, exact: string) => /* sql */ `
  CASE WHEN ${c}.oid IN (SELECT relation FROM locked) THEN ${c}.relpages * current_setting('block_size')::float8
       WHEN ${c}.relkind IN ('r', 'm') THEN ${exact}(${c}.oid)::float8 ELSE 0 END`;

const partitions = list(
  /* sql */ `json_build_object('schema', pn.nspname, 'name', p.relname, 'bound', pg_get_expr(p.relpartbound, p.oid),
    'isDefault', pg_get_expr(p.relpartbound, p.oid) = 'DEFAULT', 'detachPending', i.inhdetachpending,
    'estimatedRows', CASE WHEN p.reltuples >= 0 THEN p.reltuples::float8 END,
    'sizeBytes', ${bytes('p', 'pg_total_relation_size')}) ORDER BY pn.nspname, p.relname`,
  /* sql */ `pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
    WHERE i.inhparent = c.oid AND c.relkind = 'p'`,
);

const unfitPartitions = list(
  /* sql */ `json_build_object('schema', un.nspname, 'name', u.relname, 'kind', ${kind('u')}) ORDER BY un.nspname, u.relname`,
  /* sql */ `tree t JOIN pg_class u ON u.oid = t.rel JOIN pg_namespace un ON un.oid = u.relnamespace
    WHERE t.root = c.oid AND t.rel <> c.oid AND u.relkind NOT IN ('r', 'p')`,
);

const ofTree = (sum: string) => /* sql */ `
  (SELECT ${sum} FROM tree t JOIN pg_class x ON x.oid = t.rel WHERE t.root = c.oid)`;

const tablesSql = /* sql */ `
  WITH RECURSIVE wanted AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY w (schema, name, age, place)
  ), found AS (
    SELECT w.place, w.age, c.oid FROM wanted w JOIN pg_namespace n ON n.nspname = w.schema
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
  ), tree AS (
    SELECT oid AS root, oid AS rel FROM found
    UNION SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.rel
  ), locked AS MATERIALIZED (
    SELECT relation FROM pg_locks WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  )
  SELECT w.place::integer - 1 AS place, c.oid::text AS id, n.nspname AS schema, c.relname AS name, ${kind('c')} AS kind,
    CASE c.relpersistence WHEN 'p' THEN 'permanent' WHEN 'u' THEN 'unlogged' ELSE 'temporary' END AS persistence,
    ${columns('c')} AS columns, ${key} AS key, ${ageIndex} AS "ageIndex", ${rules} AS "deleteRules",
    ${references} AS "referencedBy", ${partitions} AS partitions, ${unfitPartitions} AS "unfitPartitions",
    ${list(
      'json_build_array(pn.nspname, p.relname)',
      /* sql */ `pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid
      JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhparent = c.oid AND c.relkind <> 'p'`,
    )} AS "childNames",
    ${list(
      'json_build_array(pn.nspname, p.relname)',
      /* sql */ `pg_partition_ancestors(c.oid) up
      JOIN pg_class p ON p.oid = up.relid JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE p.oid <> c.oid`,
    )} AS "ancestorNames",
    ${list('rel::text', 'tree WHERE root = c.oid')} AS "ownIds",
    ${list('up.relid::oid::text', 'pg_partition_ancestors(c.oid) up WHERE up.relid <> c.oid')} AS "ancestorIds",
    CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END AS "partitionKey",
    json_build_object(
      'schemaUsage', has_schema_privilege(n.oid, 'USAGE'), 'schemaCreate', has_schema_privilege(n.oid, 'CREATE'),
      'select', has_table_privilege(c.oid, 'SELECT'), 'delete', has_table_privilege(c.oid, 'DELETE'),
      'owner', pg_has_role(c.relowner, 'USAGE')) AS privileges,
    row_security_active(c.oid) AS "hidesRows",
    ${ofTree("CASE WHEN bool_and(x.reltuples >= 0) FILTER (WHERE x.relkind = 'r') THEN sum(x.reltuples) FILTER (WHERE x.relkind = 'r') END::float8")} AS "estimatedRows",
    coalesce(${ofTree(`sum(${bytes('x', 'pg_total_relation_size')})`)}, 0) AS "sizeBytes",
    coalesce(${ofTree(`sum(${bytes('x', 'pg_table_size')})`)}, 0) AS "heapBytes",
    coalesce(${ofTree('sum(pg_stat_get_dead_tuples(x.oid))')}, 0)::float8 AS "deadRows"
  FROM found w JOIN pg_class c ON c.oid = w.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  ORDER BY w.place`;

type Pair = readonly [schema: string, name: string];

interface TableRow extends Omit<CatalogFact, 'children' | 'ancestors'> {
  readonly place: number;
  readonly childNames: readonly Pair[];
  readonly ancestorNames: readonly Pair[];
}

/** What the catalogs say of each table, in the order of the question; undefined for one that does not exist. */
export async function readTables(
  client: Client,
  asked: readonly AskedTable[],
): Promise<(CatalogFact | undefined)[]> {
  const values = [
    asked.map(({ schema }) => schema),
    asked.map(({ name }) => name),
    asked.map(({ ageColumn }) => ageColumn),
  ];
  const { rows } = await client.query<TableRow>(tablesSql, values);
  const facts = new Map(rows.map((row) => [row.place, toFact(row)]));
  return asked.map((_table, place) => facts.get(place));
}

function toFact({ place: _, childNames, ancestorNames, ...row }: TableRow): CatalogFact {
  const spell = ([schema, name]: Pair) => ({ schema, name });
  return { ...row, children: childNames.map(spell), ancestors: ancestorNames.map(spell) };
}
