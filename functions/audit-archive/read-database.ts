import type { Client } from 'pg';
import type { DatabaseFacts, PolicyFacts } from './facts.ts';

type AboutDatabase = Omit<DatabaseFacts, 'policies'>;

const ledgerTables = ['archive_batches', 'archive_policies', 'archive_runs'];

const databaseSql = /* sql */ `
  SELECT current_user AS role, current_database() AS "databaseName",
    has_database_privilege(current_database(), 'TEMPORARY') AS temporary,
    current_setting('server_version_num')::integer / 10000 AS "serverVersion",
    pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean AS "readOnly",
    json_build_object(
      'exists', count(c.oid) = cardinality($1::text[]),
      'usage', coalesce(bool_and(has_schema_privilege(n.oid, 'USAGE')), false),
      'select', coalesce(bool_and(has_table_privilege(c.oid, 'SELECT')), false),
      'insert', coalesce(bool_and(has_table_privilege(c.oid, 'INSERT')), false)) AS ledger
  FROM unnest($1::text[]) wanted (name)
  LEFT JOIN pg_namespace n ON n.nspname = 'nightshift'
  LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name`;

/** Whom we are here, whether anything can be deleted, and whether the ledger can be written. */
export async function readDatabase(client: Client): Promise<AboutDatabase> {
  const { rows } = await client.query<AboutDatabase>(databaseSql, [ledgerTables]);
  const [about] = rows;
  if (about) return about;
  throw new Error('A query that always answers one row answered none.');
}

/** Of the newest batches alone: what the server could do a year ago says nothing of tonight. */
const speedsSql = /* sql */ `
  SELECT policy, sum(rows)::float8 / nullif(sum(seconds), 0) AS "rowsPerSecond",
    coalesce(sum(bytes)::float8 / nullif(sum(rows), 0), 0) AS "bytesPerRow"
  FROM unnest($1::text[]) wanted (policy) CROSS JOIN LATERAL (
    SELECT rows, seconds, bytes FROM nightshift.archive_batches b WHERE b.policy = wanted.policy
    ORDER BY committed_at DESC LIMIT 20) newest
  GROUP BY policy`;

type Speed = NonNullable<PolicyFacts['speed']>;

/** How fast each policy's last twenty batches were; policies without any are left out. */
export async function readSpeeds(client: Client, policies: readonly string[]): Promise<Map<string, Speed>> {
  const { rows } = await client.query<Speed & { policy: string; rowsPerSecond: number | null }>(speedsSql, [
    policies,
  ]);
  return new Map(
    rows.flatMap(({ policy, rowsPerSecond, bytesPerRow }) =>
      rowsPerSecond === null ? [] : [[policy, { rowsPerSecond, bytesPerRow }] as const],
    ),
  );
}
