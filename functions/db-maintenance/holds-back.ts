import type { Client } from 'pg';

/** Whoever may still see the oldest rows: what it can see, no VACUUM takes away or freezes. */
const holderSql = /* sql */ `
  SELECT what, remedy FROM (
    SELECT format('session %s (%s), in a transaction since %s', pid, usename, to_char(xact_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')) AS what,
      format('SELECT pg_terminate_backend(%s);', pid) AS remedy, greatest(age(backend_xmin), age(backend_xid)) AS age
    FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
    UNION ALL
    SELECT format('the replication slot %s', slot_name), format('SELECT pg_drop_replication_slot(%L); where nobody needs it', slot_name),
      greatest(age(xmin), age(catalog_xmin)) FROM pg_replication_slots WHERE xmin IS NOT NULL OR catalog_xmin IS NOT NULL
    UNION ALL
    SELECT format('a prepared transaction of %s, since %s', owner, to_char(prepared AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')),
      'ROLLBACK PREPARED or COMMIT PREPARED, by its gid in pg_prepared_xacts', age(transaction) FROM pg_prepared_xacts
  ) holders ORDER BY age DESC LIMIT 1`;

export interface Holder {
  readonly what: string;
  /** The statement that ends it. */
  readonly remedy: string;
}

/** What keeps the oldest transaction ids of all from being frozen; undefined where nothing does at this moment. */
export async function readHolder(client: Client): Promise<Holder | undefined> {
  const { rows } = await client.query<Holder>(holderSql);
  return rows[0];
}
