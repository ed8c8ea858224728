import type { Client } from 'pg';
import type { DbMaintenanceConfig } from '../../shared/config/db-maintenance.ts';
import { formatTableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { sqlStateOf } from '../../shared/postgres/sqlstate.ts';
import { estimateBloat, measuredBloat } from './estimate-bloat.ts';
import type { IndexFact, ServerFact } from './facts.ts';
import { lackOfMaintain, mayMaintain, ownerOf } from './privilege.ts';
import { inScope, type Scope, scopeValues } from './scope.ts';

const most = 200;

/** REINDEX CONCURRENTLY cannot do exclusion constraints; sizes of what is locked are those of the last VACUUM. */
const indexesSql = (major: number) => /* sql */ `
  WITH sized AS (
    SELECT c.oid, c.relname, c.relowner, c.reloptions, c.reltuples, i.indkey, i.indrelid, t.relname AS table_name, n.nspname,
      t.relowner AS table_owner, t.oid AS table_oid,
      CASE WHEN EXISTS (SELECT FROM pg_locks l WHERE l.relation = c.oid AND l.mode = 'AccessExclusiveLock'
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
        THEN c.relpages * current_setting('block_size')::float8 ELSE pg_relation_size(c.oid)::float8 END AS bytes
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam
    WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence <> 't' AND i.indisvalid AND i.indisready AND i.indislive
      AND NOT i.indisexclusion AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND ${inScope('n.nspname', 't.relname')}
  )
  SELECT s.oid::text AS id, s.nspname AS schema, s.relname AS name, s.table_name AS "table", s.bytes, s.reltuples::float8 AS rows,
    coalesce((SELECT option_value::float8 FROM pg_options_to_table(s.reloptions) WHERE option_name = 'fillfactor'), 90) AS "fillFactor",
    ${mayMaintain('p', major)} AS may, ${ownerOf('s')},
    w."rowBytes", coalesce(w."hasNulls", true) AS "hasNulls"
  FROM sized s JOIN pg_class p ON p.oid = s.table_oid
  CROSS JOIN LATERAL (
    SELECT CASE WHEN count(*) = count(st.stawidth) THEN sum((1 - st.stanullfrac) * st.stawidth)::float8 END AS "rowBytes",
      max(st.stanullfrac) > 0 AS "hasNulls"
    FROM unnest(s.indkey::int2[]) WITH ORDINALITY k (att, pos)
    LEFT JOIN LATERAL (
      SELECT g.null_frac AS stanullfrac, g.avg_width AS stawidth FROM pg_stats g
        JOIN pg_attribute b ON b.attname = g.attname
          AND b.attrelid = CASE WHEN k.att = 0 THEN s.oid ELSE s.indrelid END
          AND b.attnum = CASE WHEN k.att = 0 THEN k.pos ELSE k.att END
       WHERE g.schemaname = s.nspname AND NOT g.inherited
         AND g.tablename = CASE WHEN k.att = 0 THEN s.relname ELSE s.table_name END) st ON true
  ) w
  WHERE s.bytes >= $5
  ORDER BY s.bytes DESC, s.oid LIMIT ${most}`;

interface Row {
  id: string;
  schema: string;
  name: string;
  table: string;
  bytes: number;
  rows: number;
  fillFactor: number;
  may: boolean;
  owner: string;
  isOfSuperuser: boolean;
  rowBytes: number | null;
  hasNulls: boolean;
}

export interface Measuring {
  readonly bloat: DbMaintenanceConfig['bloat'];
  /** Percent by index, of what this run has measured before; what is measured now is added. */
  readonly measured: Map<string, number>;
  readonly until: number;
}

/** The largest indexes that could be built anew, with how empty each is: measured as far as may be, else estimated. */
export async function readIndexes(
  client: Client,
  { major, role, measureSchema }: Pick<ServerFact, 'major' | 'role' | 'measureSchema'>,
  scope: Scope,
  { bloat, measured, until }: Measuring,
): Promise<IndexFact[]> {
  const values = [...scopeValues(scope), bloat.minMiB * 1_048_576];
  const { rows } = await client.query<Row>(indexesSql(major), values);
  let leftBytes = bloat.measureMiB * 1_048_576;
  const facts: IndexFact[] = [];
  for (const row of rows) {
    const isAllowed = measureSchema !== null && row.bytes <= leftBytes && Date.now() < until;
    if (isAllowed && !measured.has(row.id)) {
      const percent = await measure(client, row, measureSchema);
      if (percent !== undefined) measured.set(row.id, percent);
    }
    if (measured.has(row.id)) leftBytes -= row.bytes;
    facts.push(factOf(row, measured.get(row.id), { major, role }));
  }
  return facts;
}

/** Undefined where the index was dropped meanwhile, or is locked. */
async function measure(client: Client, { id, fillFactor }: Row, schema: string): Promise<number | undefined> {
  try {
    const { rows } = await client.query<Parameters<typeof measuredBloat>[0]>(
      /* sql */ `SELECT leaf_pages::float8 AS "leafPages", internal_pages::float8 AS "internalPages",
                    avg_leaf_density AS "leafDensity", (index_size / current_setting('block_size')::bigint)::float8 AS pages
                  FROM ${quoteName(schema, 'pgstatindex')}($1::oid::regclass)`,
      [id],
    );
    return rows[0] && measuredBloat(rows[0], fillFactor);
  } catch (error) {
    const state = sqlStateOf(error);
    if (state !== undefined && passing.has(state)) return undefined;
    throw error;
  }
}

/** Dropped, dropped in the middle, not valid any more, no lock, not for this role, over its time. */
const passing = new Set(['42P01', '42704', 'XX000', '55000', '22023', '55P03', '42501', '57014', '0A000']);

function factOf(
  row: Row,
  measured: number | undefined,
  { major, role }: Pick<ServerFact, 'major' | 'role'>,
): IndexFact {
  const { id, schema, name, table, bytes, rows, rowBytes, hasNulls, fillFactor, may, owner, isOfSuperuser } =
    row;
  const isEstimable = rowBytes !== null && rows >= 0;
  const estimated = isEstimable
    ? estimateBloat({ rows, pages: bytes / 8_192, rowBytes, hasNulls, fillFactor })
    : null;
  return {
    ...{ id, schema, name, bytes },
    tableName: formatTableName({ schema, name: table }),
    bloatPercent: measured ?? estimated,
    method: measured === undefined ? (isEstimable ? 'estimated' : 'unknown') : 'measured',
    lack: may ? null : lackOfMaintain({ schema, name: table, owner, isOfSuperuser }, role, major),
  };
}
