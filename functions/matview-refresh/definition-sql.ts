import type { Client } from 'pg';
import { type Definition, mentionsIn, operatorsIn, sortMentions } from './definitions.ts';

/**
 * Of an operator its code counts, and of a function what its body calls; not the estimators of either, which only the
 * planner asks.
 */
const definitionsSql = /* sql */ `
  WITH RECURSIVE reached (class, id) AS (
      SELECT 'pg_rewrite'::regclass::oid, r.oid FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid
       WHERE c.relkind = 'm' OR c.relkind = 'v' AND c.oid = ANY ($1::oid[])
    UNION
      SELECT step.class, step.id
        FROM reached
        JOIN pg_depend d ON d.classid = reached.class AND d.objid = reached.id
        CROSS JOIN LATERAL (
            SELECT 'pg_rewrite'::regclass::oid AS class, r.oid AS id
              FROM pg_class c JOIN pg_rewrite r ON r.ev_class = c.oid AND r.ev_type = '1'
             WHERE d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid AND c.relkind = 'v'
          UNION ALL
            SELECT 'pg_proc'::regclass, o.oprcode::oid FROM pg_operator o
             WHERE d.refclassid = 'pg_operator'::regclass AND o.oid = d.refobjid AND o.oprcode::oid >= 16384
          UNION ALL
            SELECT d.refclassid, d.refobjid WHERE d.refclassid = 'pg_proc'::regclass AND d.deptype = 'n'
               AND NOT EXISTS (SELECT FROM pg_proc p WHERE d.classid = 'pg_proc'::regclass AND p.oid = d.objid
                                  AND p.prosupport::oid = d.refobjid)
        ) step)
  SELECT CASE WHEN r.oid IS NULL THEN 'function' ELSE 'rule' END AS kind, reached.id::text, r.ev_class::text AS view,
         coalesce(r.ev_action::text, concat(p.prosqlbody::text, p.proargdefaults::text)) AS tree,
         ARRAY(SELECT DISTINCT d.refobjid::text FROM pg_depend d
                WHERE r.oid IS NULL AND d.classid = reached.class AND d.objid = reached.id AND d.deptype = 'n'
                  AND d.refclassid = 'pg_proc'::regclass AND d.refobjid <> p.prosupport::oid) AS calls,
         EXISTS (SELECT FROM pg_depend d WHERE d.classid = reached.class AND d.objid = reached.id
                    AND d.refobjid >= 16384 AND d.refclassid IN ('pg_ts_config'::regclass, 'pg_ts_dict'::regclass)) AS "textSearch"
    FROM reached
    LEFT JOIN pg_rewrite r ON reached.class = 'pg_rewrite'::regclass AND r.oid = reached.id
    LEFT JOIN pg_proc p ON reached.class = 'pg_proc'::regclass AND p.oid = reached.id`;

const codesSql = /* sql */ `
  SELECT oid::text AS id, oprcode::oid::text AS code FROM pg_operator WHERE oid = ANY ($1::oid[])`;

/** The rules of all materialized views, of these plain views and of those under either, and users' functions that they call. */
export async function readDefinitions(client: Client, plainViews: readonly string[]): Promise<Definition[]> {
  type Row = Pick<Definition, 'kind' | 'id' | 'view' | 'calls' | 'textSearch'> & { tree: string };
  const { rows } = await client.query<Row>(definitionsSql, [plainViews]);
  // Postgres takes ten times as long to look through them.
  const definitions = rows.map(({ tree, ...row }) => ({ row, mentions: mentionsIn(tree) }));
  const operators = [...new Set(definitions.flatMap(({ mentions }) => operatorsIn(mentions)))];
  const found = await client.query<{ id: string; code: string }>(codesSql, [operators]);
  const codes = new Map(found.rows.map(({ id, code }) => [id, code]));
  return definitions.map(({ row, mentions }) => ({ ...row, ...sortMentions(mentions, codes) }));
}
