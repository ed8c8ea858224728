import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';

export interface RelationColumn {
  readonly name: string;
  /** As `format_type` says it. */
  readonly type: string;
  /** The type below all domains, without its length or precision. */
  readonly baseType: string;
  /** Quoted, with its schema, where it is not the type's own. */
  readonly collation: string | null;
  readonly hasDefault: boolean;
}

export interface Relation {
  /** `pg_class.relkind`: `r`, `p`, `v`, … */
  readonly kind: string;
  readonly comment: string | null;
  readonly columns: readonly RelationColumn[];
}

const relationsSql = /* sql */ `
  SELECT w.place::integer - 1 AS place, c.relkind AS kind, obj_description(c.oid, 'pg_class') AS comment, coalesce((
    SELECT json_agg(json_build_object(
      'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'baseType', format_type(b.oid, NULL),
      'collation', CASE WHEN a.attcollation <> t.typcollation
                        THEN (SELECT format('%I.%I', n.nspname, l.collname) FROM pg_collation l
                                JOIN pg_namespace n ON n.oid = l.collnamespace WHERE l.oid = a.attcollation) END,
      'hasDefault', a.atthasdef AND a.attgenerated = '') ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    CROSS JOIN LATERAL (
      WITH RECURSIVE base AS (
        SELECT t.oid, t.typtype, t.typbasetype
        UNION ALL
        SELECT below.oid, below.typtype, below.typbasetype FROM base JOIN pg_type below ON below.oid = base.typbasetype
        WHERE base.typtype = 'd'
      ) SELECT oid FROM base WHERE typtype <> 'd'
    ) AS b
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS columns
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY w (schema, name, place)
  JOIN pg_namespace n ON n.nspname = w.schema
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name`;

/** What the catalogs say of tables and views, in the order of the question; undefined for one that does not exist. */
export async function readRelations(
  client: Client,
  names: readonly TableName[],
): Promise<(Relation | undefined)[]> {
  const values = [names.map(({ schema }) => schema), names.map(({ name }) => name)];
  const { rows } = await client.query<Relation & { readonly place: number }>(relationsSql, values);
  return names.map((_name, at) => rows.find(({ place }) => place === at));
}
