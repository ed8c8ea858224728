import type { Client } from 'pg';
import type { RefreshedView } from '../../../functions/matview-refresh/refresh-view.ts';

const viewsSql = /* sql */ `
  WITH RECURSIVE uses (view, rule, used, kind) AS (
      SELECT c.oid, r.oid, d.refobjid, t.relkind
        FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
        JOIN pg_class t ON t.oid = d.refobjid
       WHERE c.relkind = 'm' AND d.refobjid <> c.oid
    UNION
      SELECT u.view, r.oid, d.refobjid, t.relkind
        FROM uses u JOIN pg_rewrite r ON u.kind = 'v' AND r.ev_class = u.used
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
        JOIN pg_class t ON t.oid = d.refobjid
       WHERE d.refobjid <> u.used)
  SELECT view::text AS id, 'public' AS schema, (SELECT relname FROM pg_class WHERE oid = view) AS name,
         array_agg(DISTINCT used::text) FILTER (WHERE kind <> 'v') AS reads, array_agg(DISTINCT rule::text) AS rules,
         coalesce((SELECT array_agg(DISTINCT d.refobjid::text) FROM pg_depend d
            WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = ANY (array_agg(uses.rule)) AND d.refclassid = 'pg_proc'::regclass), '{}') AS functions
    FROM uses GROUP BY view`;

/** What a graph of the database would tell of its materialized views. */
export async function readJudgedViews(client: Client): Promise<Map<string, RefreshedView>> {
  const { rows } = await client.query<RefreshedView & { rules: string[]; functions: string[] }>(viewsSql);
  return new Map(
    rows.map(({ rules, functions, ...view }) => [
      view.name,
      { ...view, definitionIds: { rules, functions }, alwaysBecause: null },
    ]),
  );
}
