import type { Client, QueryResult } from 'pg';

/** By the view's oid: whether it held what its definition's query answers; undefined where that could not be told. */
export type Comparison = ReadonlyMap<string, boolean | undefined>;

/**
 * A client for judgeFreshness that, just before each look at the sessions, compares every view with its definition's
 * query in one snapshot. Why that is a fair check while others go on writing: a verdict is about the moment t of its
 * last look, and says that nothing was committed between the view's refresh and t that it reads. The snapshot is taken
 * after that refresh and before t. So whatever the snapshot sees was committed by t: if the view differs from its
 * query there, a change lies between the refresh and t, and "fresh" is wrong. The other way round nobody is accused
 * wrongly: what is committed after the snapshot is not in it, and where the verdict is true the two are the same
 * throughout, hence in it. Only what falls between the snapshot and t, a millisecond, is not looked at; the same would
 * be seen a look later.
 */
export function comparing(
  client: Client,
  onLook: (() => void) | undefined,
): { client: Client; latest: () => Comparison } {
  let latest: Comparison = new Map();
  const query = async (text: string, values?: unknown[]): Promise<QueryResult> => {
    if (text.includes('pg_stat_force_next_flush') && values?.[0] !== 0) {
      latest = await compareViews(client);
      onLook?.();
    }
    return client.query(text, values);
  };
  const getTransactionStatus = () => client.getTransactionStatus();
  return { client: { query, getTransactionStatus } as unknown as Client, latest: () => latest };
}

const viewsSql = /* sql */ `
  SELECT c.oid::text AS id, c.oid::regclass::text AS name, rtrim(pg_get_viewdef(c.oid), ';') AS definition,
         c.relispopulated AND NOT EXISTS (
           SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
             JOIN pg_class used ON d.refclassid = 'pg_class'::regclass AND used.oid = d.refobjid
            WHERE r.ev_class = c.oid AND used.relkind = 'm' AND NOT used.relispopulated) AS comparable
    FROM pg_class c WHERE c.relkind = 'm'`;

async function compareViews(client: Client): Promise<Comparison> {
  interface View {
    id: string;
    name: string;
    definition: string;
    comparable: boolean;
  }
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const { rows: views } = await client.query<View>(viewsSql);
    const known = new Map<string, boolean | undefined>(views.map(({ id }) => [id, undefined]));
    const checks = views
      .filter(({ comparable }) => comparable)
      .map(
        ({ id, name, definition }) =>
          `SELECT '${id}' AS id, NOT EXISTS (((TABLE ${name}) EXCEPT ALL (${definition})) UNION ALL ((${definition}) EXCEPT ALL (TABLE ${name}))) AS same`,
      );
    if (checks.length === 0) return known;
    const { rows } = await client.query<{ id: string; same: boolean }>(checks.join('\nUNION ALL '));
    for (const { id, same } of rows) known.set(id, same);
    return known;
  } catch {
    return new Map(); // A table is locked by a transaction that is still open: nothing can be told now.
  } finally {
    await client.query('ROLLBACK');
  }
}
