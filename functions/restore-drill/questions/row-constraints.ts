import type { Client } from 'pg';
import { quoteName } from '../../../shared/postgres/quote.ts';
import { fromClause, type Relation } from './relations.ts';

/** What every row of a table has to fulfil by itself: a column that is not NULL, or a CHECK. */
export interface RowConstraint {
  readonly kind: 'NOT NULL' | 'CHECK';
  /** Of the column, or of the CHECK. */
  readonly name: string;
  /** Of a CHECK, as Postgres prints it. */
  readonly expression: string | null;
}

/** A not-null constraint that is not valid yet (from 18 on) promises nothing; neither does a CHECK like that. */
const constraintsSql = /* sql */ `
  SELECT 'NOT NULL' AS kind, a.attname AS name, NULL AS expression, a.attnum AS place
    FROM pg_attribute a
   WHERE a.attrelid = $1::oid AND a.attnum > 0 AND a.attnotnull AND NOT a.attisdropped
     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid AND k.contype = 'n'
                        AND k.conkey[1] = a.attnum AND NOT k.convalidated)
  UNION ALL
  SELECT 'CHECK', k.conname, pg_get_expr(k.conbin, k.conrelid), 10000
    FROM pg_constraint k
   WHERE k.conrelid = $1::oid AND k.contype = 'c' AND k.convalidated
     AND coalesce((to_jsonb(k)->>'conenforced')::boolean, true)
   ORDER BY place, name`;

export async function readRowConstraints(client: Client, { oid }: Relation): Promise<RowConstraint[]> {
  return (await client.query<RowConstraint>(constraintsSql, [oid])).rows;
}

/** How many rows break each constraint, in one reading of the table. */
export async function countBroken(
  client: Client,
  relation: Relation,
  constraints: readonly RowConstraint[],
): Promise<number[]> {
  if (constraints.length === 0) return [];
  const counts = constraints.map((constraint) => `count(*) FILTER (WHERE ${brokenSql(constraint)})::text`);
  const { rows } = await client.query<{ counts: string[] }>(
    `SELECT ARRAY[${counts.join(', ')}] AS counts FROM ${fromClause(relation)}`,
  );
  return rows[0]?.counts.map(Number) ?? [];
}

/** When a row breaks the constraint. */
export function brokenSql({ name, expression }: RowConstraint): string {
  // Postgres takes `IS NULL` of a NOT NULL column for false without looking; it does not see through a function.
  return expression === null ? `num_nulls(${quoteName(name)}) > 0` : `(${expression}) IS FALSE`;
}
