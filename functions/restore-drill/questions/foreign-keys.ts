import type { Client } from 'pg';
import { formatTableName } from '../../../shared/config/table-name.ts';
import { quoteName } from '../../../shared/postgres/quote.ts';
import { fromClause, type Relation } from './relations.ts';

/** A foreign key of a table, as pg_constraint has it. */
export interface ForeignKey {
  readonly name: string;
  readonly matchFull: boolean;
  readonly validated: boolean;
  /** PERIOD, from 18 on: ranges are compared, and not values. */
  readonly isTemporal: boolean;
  readonly columns: readonly string[];
  readonly referenced: Pick<Relation, 'schema' | 'name' | 'kind' | 'lack' | 'role'>;
  readonly referencedColumns: readonly string[];
  /** `OPERATOR("pg_catalog".=)` for each pair of columns. */
  readonly operators: readonly string[];
}

/** One for a partitioned table, and not one for each of its partitions. Unenforced ones promise nothing. */
const foreignKeysSql = (lack: string) => /* sql */ `
  SELECT k.conname AS name, k.confmatchtype = 'f' AS "matchFull", k.convalidated AS validated,
         coalesce((to_jsonb(k)->>'conperiod')::boolean, false) AS "isTemporal",
         json_build_object('schema', n.nspname, 'name', c.relname, 'role', current_user, 'lack', ${lack},
           'kind', CASE c.relkind WHEN 'p' THEN 'partitioned table' ELSE 'table' END) AS referenced,
         (SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY u (number, place)
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number) AS columns,
         (SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(k.confkey) WITH ORDINALITY u (number, place)
            JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number) AS "referencedColumns",
         (SELECT json_agg(format('OPERATOR(%I.%s)', opn.nspname, o.oprname) ORDER BY u.place)
            FROM unnest(k.conpfeqop) WITH ORDINALITY u (operator, place)
            JOIN pg_operator o ON o.oid = u.operator JOIN pg_namespace opn ON opn.oid = o.oprnamespace) AS operators
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.confrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE k.contype = 'f' AND k.conrelid = $1::oid AND coalesce((to_jsonb(k)->>'conenforced')::boolean, true)
     AND (k.conparentid = 0 OR NOT EXISTS (SELECT FROM pg_constraint up WHERE up.oid = k.conparentid AND up.conrelid = k.conrelid))
   ORDER BY 1`;

export async function readForeignKeys(
  client: Client,
  { oid }: Relation,
  lackSql: string,
): Promise<ForeignKey[]> {
  return (await client.query<ForeignKey>(foreignKeysSql(lackSql), [oid])).rows;
}

/** The rows that break a foreign key, as a query from `FROM` on; for counting them, and for a person to list them. */
export function orphansSql(relation: Relation, key: ForeignKey): string {
  const referring = key.columns.map((column) => `c.${quoteName(column)}`);
  const allSet = referring.map((column) => `${column} IS NOT NULL`).join(' AND ');
  const pairs = referring
    .map((column, index) => {
      const referenced = quoteName(key.referencedColumns[index] ?? '');
      return `p.${referenced} ${key.operators[index]} ${column}`;
    })
    .join(' AND ');
  const orphan = `${allSet} AND NOT EXISTS (SELECT FROM ${fromClause(key.referenced)} AS p WHERE ${pairs})`;
  const partly = `(${referring.map((column) => `${column} IS NOT NULL`).join(' OR ')}) AND NOT (${allSet})`;
  return `FROM ${fromClause(relation)} AS c WHERE ${key.matchFull ? `(${orphan}) OR (${partly})` : orphan}`;
}

export async function countOrphans(client: Client, relation: Relation, key: ForeignKey): Promise<number> {
  const { rows } = await client.query<{ orphans: string }>(
    `SELECT count(*) AS orphans ${orphansSql(relation, key)}`,
  );
  return Number(rows[0]?.orphans ?? 0);
}

export const referencedName = ({ referenced }: ForeignKey) => formatTableName(referenced);
