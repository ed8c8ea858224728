import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { type AuditArchiveJob, withDatabase } from './job.ts';

/**
 * What a plan has judged about a table and what would make a DELETE reach other rows, or stop it: the table itself, who
 * inherits from it, which foreign keys point to it, the triggers and rules of DELETE. New partitions change nothing of it.
 */
const fingerprintSql = /* sql */ `
  WITH RECURSIVE tree AS (
    SELECT to_regclass($1)::oid AS id
    UNION SELECT i.inhrelid FROM pg_inherits i JOIN tree ON i.inhparent = tree.id
  ), parts AS (
    SELECT format('root %s %s %s', c.oid, c.relkind, c.relpersistence) AS part FROM pg_class c WHERE c.oid = to_regclass($1)
    UNION ALL
    SELECT format('child %s %s', c.oid, c.relkind) FROM pg_class c JOIN tree ON tree.id = c.oid
     WHERE c.oid <> to_regclass($1) AND (NOT c.relispartition OR c.relkind NOT IN ('r', 'p'))
    UNION ALL
    SELECT format('key %s %s', k.oid, k.confdeltype) FROM pg_constraint k JOIN tree ON tree.id = k.confrelid
     WHERE k.contype = 'f' AND k.conparentid = 0
    UNION ALL
    SELECT format('trigger %s %s %s %s', t.oid, t.tgenabled, t.tgtype, md5(p.prosrc))
      FROM pg_trigger t JOIN tree ON tree.id = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgtype & 8 <> 0
    UNION ALL
    SELECT format('rule %s %s', r.oid, r.ev_enabled) FROM pg_rewrite r JOIN tree ON tree.id = r.ev_class WHERE r.ev_type = '4'
  )
  SELECT coalesce(string_agg(part, ';' ORDER BY part), 'no table') AS fingerprint FROM parts`;

export async function fingerprintOf(client: Client, { schema, name }: TableName): Promise<string> {
  const { rows } = await client.query<{ fingerprint: string }>(fingerprintSql, [quoteName(schema, name)]);
  return rows[0]?.fingerprint ?? 'no table';
}

/** Of every table of the request, by policy. */
export function readFingerprints(job: AuditArchiveJob): Promise<Record<string, string>> {
  return withDatabase(job, async (client) => {
    const fingerprints: Record<string, string> = {};
    for (const { name, source } of job.request.policies)
      fingerprints[name] = await fingerprintOf(client, source);
    return fingerprints;
  });
}

/** Inside of the batch's transaction, with the table locked against changes. Throws PreconditionError. */
export async function requireUnchanged(
  client: Client,
  table: TableName,
  planned: string | undefined,
): Promise<void> {
  if (planned === undefined) {
    throw new PreconditionError(
      `It was not noted how ${quoteName(table.schema, table.name)} was made when this run was planned, so that nobody can tell whether it has changed since. Nothing of it was moved. Start the run again, under a label of its own; if this comes again, it is a fault of Nightshift.`,
    );
  }
  if ((await fingerprintOf(client, table)) === planned) return;
  throw new PreconditionError(
    `${quoteName(table.schema, table.name)} is not the table any more that this run has planned with: it was replaced, or an inheriting table, a foreign key, a trigger or a rule of it has changed meanwhile. Nothing more of it was moved. The next run looks at it anew.`,
  );
}
