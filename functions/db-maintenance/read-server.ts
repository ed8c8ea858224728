import type { Client } from 'pg';
import { PreconditionError } from '../../shared/job/errors.ts';
import type { ServerFact } from './facts.ts';

/** A function of an extension that the role may call is worth its schema; `$1` is the extension. */
const usableSql = (extension: string, functions: readonly string[]) => /* sql */ `
  (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = '${extension}' AND has_schema_privilege(n.oid, 'USAGE')
      AND (SELECT count(*) = ${functions.length} AND bool_and(usable) FROM (
        SELECT bool_or(has_function_privilege(p.oid, 'EXECUTE')) AS usable FROM pg_proc p
         WHERE p.pronamespace = n.oid AND p.proname IN (${functions.map((name) => `'${name}'`).join(', ')})
         GROUP BY p.proname) AS each))`;

/** A crash zeroes counters; that shows in `pg_stat_wal` alone. */
const serverSql = /* sql */ `
  SELECT current_setting('server_version_num')::integer / 10000 AS major, quote_ident(session_user) AS role,
    pg_is_in_recovery() AS "isStandby", pg_has_role('pg_signal_backend', 'USAGE') AS "mayEndSessions",
    greatest((SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
             (SELECT stats_reset FROM pg_stat_wal)) AS "countedSince",
    clock_timestamp() AS now,
    ${usableSql('pgstattuple', ['pgstatindex'])} AS "measureSchema",
    ${usableSql('amcheck', ['bt_index_check', 'verify_heapam'])} AS "checkSchema",
    EXISTS (SELECT FROM pg_stat_replication) AS "hasReplicas"`;

type Row = Omit<ServerFact, 'now' | 'countedSince'> & { now: Date; countedSince: Date };

/** Throws PreconditionError on a standby, where nothing can be maintained. */
export async function readServer(client: Client): Promise<ServerFact> {
  const { rows } = await client.query<Row>(serverSql);
  const [row] = rows;
  if (!row) throw new Error('A query that always answers one row answered none.');
  if (row.isStandby) {
    throw new PreconditionError(
      'This server is a standby: it takes over what is done on its primary, and can do nothing itself. Name the primary as "instance" in the config.',
    );
  }
  return { ...row, now: row.now.toISOString(), countedSince: row.countedSince.toISOString() };
}
