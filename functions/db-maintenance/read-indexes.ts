import type { Client } from 'pg';
import type { DbMaintenanceConfig } from '../../shared/config/db-maintenance.ts';
import { formatTableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { sqlStateOf } from '../../shared/postgres/sqlstate.ts';
import { estimateBloat, type IndexColumn, measuredBloat } from './estimate-bloat.ts';
import type { IndexFact, ServerFact } from './facts.ts';
import { lackOfMaintain, mayMaintain, ownerOf } from './privilege.ts';
import { inScope, type Scope, scopeValues } from './scope.ts';

/** What was measured of them is kept from shift to shift. */
const most = 2_000;

/**
 * REINDEX CONCURRENTLY cannot do exclusion constraints; what is locked is taken to be as large as when it was last
 * looked at. Rows are those of the index as ANALYZE counted them, and as many more as the table has got since; a crash
 * or a reset loses that number until somebody counts again.
 */
const indexesSql = (major: number) => /* sql */ `
  WITH sized AS (
    SELECT c.oid, c.relname, c.reloptions, c.relpages, i.indkey, i.indrelid, i.indpred IS NOT NULL AS is_partial,
      t.relname AS table_name, n.nspname, t.oid AS table_oid, x.relpages > 0 AS has_toast,
      CASE WHEN coalesce(pg_stat_get_last_analyze_time(t.oid), pg_stat_get_last_autoanalyze_time(t.oid),
          pg_stat_get_last_vacuum_time(t.oid), pg_stat_get_last_autovacuum_time(t.oid)) IS NOT NULL
        THEN c.reltuples * greatest(1, pg_stat_get_live_tuples(t.oid) / nullif(greatest(t.reltuples, 0), 0)) END AS rows,
      CASE WHEN EXISTS (SELECT FROM pg_locks l WHERE l.relation = c.oid AND l.mode = 'AccessExclusiveLock'
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
        THEN c.relpages * current_setting('block_size')::float8 ELSE pg_relation_size(c.oid)::float8 END AS bytes
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam
      LEFT JOIN pg_class x ON x.oid = t.reltoastrelid
    WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence <> 't' AND i.indisvalid AND i.indisready AND i.indislive
      AND NOT i.indisexclusion AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND ${inScope('t')}
  )
  SELECT s.oid::text AS id, s.nspname AS schema, s.relname AS name, s.table_name AS "table", s.bytes,
    s.rows::float8 AS rows, s.relpages::float8 AS "countedPages", s.is_partial AS "isPartial",
    coalesce((SELECT option_value::float8 FROM pg_options_to_table(s.reloptions) WHERE option_name = 'fillfactor'), 90) AS "fillFactor",
    ${mayMaintain('p', major)} AS may, ${ownerOf('p')}, w.columns
  FROM sized s JOIN pg_class p ON p.oid = s.table_oid
  CROSS JOIN LATERAL (
    SELECT CASE WHEN bool_and(known) THEN json_agg(json_build_object('bytes', width, 'isVariable', is_variable,
        'alignment', alignment, 'nullShare', null_share) ORDER BY pos) END AS columns
    FROM (
      SELECT k.pos, b.attlen < 0 AS is_variable, CASE b.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END AS alignment,
        g.null_frac AS null_share, CASE WHEN b.attlen > 0 THEN b.attlen ELSE g.avg_width END AS width,
        -- Of long values the table may keep mere pointers, and rows that a condition chose may have longer ones.
        g.null_frac IS NOT NULL AND (b.attlen > 0 OR NOT s.is_partial AND NOT coalesce(
          s.has_toast AND k.att <> 0 AND b.attstorage <> 'p' AND b.atttypid <> 'numeric'::regtype
            AND (b.atttypmod < 0 OR b.atttypmod > 500), false)) AS known
      FROM unnest(s.indkey::int2[]) WITH ORDINALITY k (att, pos)
      JOIN pg_attribute b ON b.attrelid = s.oid AND b.attnum = k.pos
      LEFT JOIN pg_attribute o ON o.attrelid = s.indrelid AND o.attnum = k.att AND k.att <> 0
      LEFT JOIN pg_stats g ON g.schemaname = s.nspname AND NOT g.inherited
        AND g.tablename = CASE WHEN k.att = 0 THEN s.relname ELSE s.table_name END
        AND g.attname = CASE WHEN k.att = 0 THEN b.attname ELSE o.attname END
    ) each
  ) w
  WHERE s.bytes >= $5
  ORDER BY s.bytes DESC, s.oid LIMIT ${most}`;

interface Row {
  id: string;
  schema: string;
  name: string;
  table: string;
  bytes: number;
  /** Null where the table was not counted since its counters were lost. */
  rows: number | null;
  countedPages: number;
  isPartial: boolean;
  fillFactor: number;
  may: boolean;
  owner: string;
  isOfSuperuser: boolean;
  /** Null where there are no statistics, or none that tell of this index. */
  columns: IndexColumn[] | null;
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
      if (percent !== undefined) measured.set(row.id, Math.round(percent * 10) / 10);
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
  const { id, schema, name, table, bytes, rows, columns, may, owner, isOfSuperuser } = row;
  const isEstimable = columns !== null && rows !== null && rows >= 0 && row.countedPages > 0;
  const estimated = isEstimable ? estimateBloat({ ...row, rows, columns, pages: bytes / 8_192 }) : null;
  return {
    ...{ id, schema, name, bytes },
    tableName: formatTableName({ schema, name: table }),
    bloatPercent: measured ?? estimated,
    method: measured === undefined ? (isEstimable ? 'estimated' : 'unknown') : 'measured',
    lack: may ? null : lackOfMaintain({ schema, name: table, owner, isOfSuperuser }, role, major),
  };
}
