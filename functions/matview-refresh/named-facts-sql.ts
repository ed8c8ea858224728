import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import type { FunctionFact, RelationName, TypeFact } from './named-facts.ts';

/** Foreign tables are looked for in the whole tree under each relation that was asked about. */
const relationsSql = /* sql */ `
  WITH RECURSIVE asked AS (
    SELECT c.oid FROM pg_class c WHERE c.oid = ANY ($1::oid[])
    UNION
    SELECT c.oid FROM unnest($2::text[], $3::text[]) AS w (schema, name)
      JOIN pg_namespace n ON n.nspname = w.schema
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  ), tree (root, id) AS (
    SELECT oid, oid FROM asked
    UNION SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.id
  ), remote AS (
    SELECT t.root, min(c.relname) AS name FROM tree t JOIN pg_class c ON c.oid = t.id
     WHERE c.relkind = 'f' AND t.id <> t.root GROUP BY t.root)
  SELECT c.oid::text AS id, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
         c.oid < 16384 OR n.nspname IN ('pg_catalog', 'information_schema') AS "ofSystem",
         o.rolname AS owner, o.rolsuper OR o.rolbypassrls AS "ownerSeesAll",
         CASE WHEN c.relforcerowsecurity AND c.relrowsecurity THEN 'forced' WHEN c.relrowsecurity THEN 'others'
              ELSE 'none' END AS "rowSecurity",
         remote.name AS "foreignChild"
    FROM asked JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_roles o ON o.oid = c.relowner LEFT JOIN remote ON remote.root = c.oid`;

/** Relations by their oids, and those of these names that there are. */
export async function readRelationNames(
  client: Client,
  ids: readonly string[],
  names: readonly TableName[],
): Promise<RelationName[]> {
  const schemas = names.map(({ schema }) => schema);
  const { rows } = await client.query<RelationName>(relationsSql, [
    ids,
    schemas,
    names.map(({ name }) => name),
  ]);
  return rows;
}

const functionsSql = /* sql */ `
  SELECT p.oid::text AS id,
         CASE WHEN n.nspname = 'pg_catalog' THEN p.proname ELSE n.nspname || '.' || p.proname END AS name,
         pg_get_function_identity_arguments(p.oid) AS args,
         CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
         p.oid < 16384 AS "ofSystem", p.prosqlbody IS NOT NULL AS recorded
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = ANY ($1::oid[])`;

export async function readFunctions(client: Client, ids: readonly string[]): Promise<FunctionFact[]> {
  return (await client.query<FunctionFact>(functionsSql, [ids])).rows;
}

/** The parts of a type: elements, fields, what a domain or a range is over. */
const typesSql = /* sql */ `
  WITH RECURSIVE part (root, id) AS (
      SELECT t.oid, t.oid FROM pg_type t WHERE t.oid = ANY ($1::oid[])
    UNION
      SELECT part.root, inner_part.id FROM part JOIN pg_type t ON t.oid = part.id
        CROSS JOIN LATERAL (
            SELECT unnest(ARRAY[t.typelem, t.typbasetype]) AS id
          UNION ALL SELECT a.atttypid FROM pg_attribute a
             WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
          UNION ALL SELECT g.rngsubtype FROM pg_range g WHERE g.rngtypid = t.oid OR g.rngmultitypid = t.oid
        ) inner_part WHERE inner_part.id <> 0)
  SELECT part.root::text AS id, format_type(part.root, NULL) AS name,
         bool_or(t.oid IN ('date'::regtype, 'time'::regtype, 'timetz'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype))
           AS "hasTime",
         min(t.typname) FILTER (WHERE t.typname ~ '^reg' AND t.oid < 16384 OR t.oid = 'aclitem'::regtype
           OR t.oid >= 16384 AND t.typtype = 'b' AND t.typelem = 0
              AND EXISTS (SELECT FROM pg_proc p WHERE p.oid IN (t.typinput, t.typoutput) AND p.provolatile <> 'i')) AS unseen
    FROM part JOIN pg_type t ON t.oid = part.id GROUP BY part.root`;

export async function readTypes(client: Client, ids: readonly string[]): Promise<TypeFact[]> {
  return (await client.query<TypeFact>(typesSql, [ids])).rows;
}
