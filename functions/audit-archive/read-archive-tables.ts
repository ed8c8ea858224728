import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import type { ArchiveTableFact } from './facts.ts';
import { columns, kind, list } from './read-tables.ts';

/** A partitioned table holds nothing itself: its being unlogged says nothing. */
const unsafe = list(
  /* sql */ `json_build_object('schema', un.nspname, 'name', u.relname, 'is',
    CASE WHEN u.relkind = 'f' THEN 'foreign' WHEN u.relpersistence = 't' THEN 'temporary' ELSE 'unlogged' END)
    ORDER BY un.nspname, u.relname`,
  /* sql */ `tree t JOIN pg_class u ON u.oid = t.rel JOIN pg_namespace un ON un.oid = u.relnamespace
    WHERE t.root = c.oid AND (u.relkind = 'f' OR u.relpersistence = 't' OR u.relkind = 'r' AND u.relpersistence = 'u')`,
);

/** Clones that Postgres made for partitions are left out, and so are the triggers of foreign keys. */
const writeHooks = list(
  /* sql */ `json_build_object('is', h.is, 'name', h.name, 'event', h.event,
    'table', json_build_object('schema', hn.nspname, 'name', hc.relname)) ORDER BY hn.nspname, hc.relname, h.name, h.event`,
  /* sql */ `tree t CROSS JOIN LATERAL (
      -- 4 is INSERT, 16 is UPDATE.
      SELECT 'trigger' AS is, g.tgname AS name, e.event FROM pg_trigger g
      JOIN (VALUES (4, 'INSERT'), (16, 'UPDATE')) e (bit, event) ON g.tgtype & e.bit = e.bit
      WHERE g.tgrelid = t.rel AND g.tgenabled IN ('O', 'A') AND NOT g.tgisinternal
        AND NOT EXISTS (SELECT FROM pg_trigger above JOIN tree up ON up.rel = above.tgrelid AND up.root = t.root
                         WHERE above.oid = g.tgparentid)
      UNION ALL SELECT 'rule', r.rulename, CASE r.ev_type WHEN '3' THEN 'INSERT' ELSE 'UPDATE' END FROM pg_rewrite r
      WHERE r.ev_class = t.rel AND r.ev_type IN ('2', '3') AND r.ev_enabled IN ('O', 'A')) h
    JOIN pg_class hc ON hc.oid = t.rel JOIN pg_namespace hn ON hn.oid = hc.relnamespace WHERE t.root = c.oid`,
);

const archiveTablesSql = /* sql */ `
  WITH RECURSIVE wanted AS (
    SELECT * FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w (schema, name, place)
  ), tree AS (
    SELECT c.oid AS root, c.oid AS rel FROM wanted w JOIN pg_namespace n ON n.nspname = w.schema
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    UNION SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.rel
  )
  SELECT w.place::integer - 1 AS place, c.oid::text AS id, n.nspname AS schema, c.relname AS name, ${kind('c')} AS kind,
    ${columns('c')} AS columns, CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END AS "partitionKey",
    pg_has_role(c.relowner, 'USAGE') AS owner, has_table_privilege(c.oid, 'INSERT') AS insert,
    has_table_privilege(c.oid, 'SELECT') AS select, ${unsafe} AS unsafe, ${writeHooks} AS "writeHooks",
    has_schema_privilege(n.oid, 'CREATE') AS "schemaCreate"
  FROM wanted w JOIN pg_namespace n ON n.nspname = w.schema
  LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name`;

export interface ArchivePlace {
  /** Whether tables can be made in the schema. */
  readonly schemaCreate: boolean;
  /** Null where it does not exist yet. */
  readonly table: (ArchiveTableFact & { readonly id: string }) | null;
}

/** The tables that take archived rows, in the order of the question; undefined where the schema does not exist. */
export async function readArchiveTables(
  client: Client,
  asked: readonly TableName[],
): Promise<(ArchivePlace | undefined)[]> {
  if (asked.length === 0) return [];
  const values = [asked.map(({ schema }) => schema), asked.map(({ name }) => name)];
  type Row = ArchiveTableFact & {
    readonly place: number;
    readonly id: string | null;
    readonly schemaCreate: boolean;
  };
  const { rows } = await client.query<Row>(archiveTablesSql, values);
  return asked.map((_table, at) => {
    const row = rows.find(({ place }) => place === at);
    if (!row) return undefined;
    const { place: _, schemaCreate, id, ...table } = row;
    return { schemaCreate, table: id === null ? null : { ...table, id } };
  });
}
