import type { Client } from 'pg';
import { quoteName } from './quote.ts';
import { inSnapshot, oneRead } from './snapshot-transaction.ts';
import { freshSizeSql, lockedSql, toldSizeSql } from './table-sizes.ts';

/** Counters of one table since statistics were reset: they only grow, and count what was rolled back as well. */
export interface TableCounters {
  readonly inserted: string;
  readonly deleted: string;
}

export interface CountedTable {
  readonly schema: string;
  readonly table: string;
  readonly oid: string;
  /** Changes with TRUNCATE and with rewrites, which no counter shows. */
  readonly fileNode: string;
  /** Null where the table was neither counted nor ever analysed. */
  readonly rows: string | null;
  /** False where the table was not counted and `rows` is the planner's estimate. */
  readonly exact: boolean;
  /** Why the table was not counted, where its size is not the reason. */
  readonly uncounted?: string;
  readonly counters: TableCounters;
}

/** What changes when counters were reset or lost: a crash shows in `walStatsReset`, a restart in `startedAt`. */
export interface ResetMarks {
  /** 150018 for 15.18: whether counters are evidence at all depends on it. */
  readonly serverVersion: number;
  readonly startedAt: string;
  readonly statsReset: string | null;
  readonly walStatsReset: string | null;
}

/** What the database held at one moment, and the counters of just before it. */
export interface Moment {
  readonly readAt: string;
  readonly lsn: string;
  readonly marks: ResetMarks;
  readonly tables: readonly CountedTable[];
}

/** The counters again, once late reports have arrived, and how many sessions may still hold some back. */
export interface SettledCounters {
  readonly readAt: string;
  readonly marks: ResetMarks;
  readonly counters: Readonly<Record<string, TableCounters>>;
  readonly sessionsHoldingBack: number;
}

interface TableRow {
  readonly schema: string;
  readonly table: string;
  readonly oid: string;
  readonly file_node: string;
  readonly size_bytes: string | null;
  readonly estimate: string | null;
}

/**
 * Every table that holds rows of its own, partitions included; system and temporary ones are left out. The smallest
 * come first, those of unknown size last: they are locked.
 */
const tablesSql = (sizeSql: string) => /* sql */ `
  WITH ${lockedSql}
  SELECT n.nspname AS schema, c.relname AS table, c.oid::text AS oid, pg_relation_filenode(c.oid)::text AS file_node,
         ${sizeSql} AS size_bytes, CASE WHEN c.reltuples >= 0 THEN c.reltuples::int8 END AS estimate
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence <> 't'
     AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   ORDER BY size_bytes NULLS LAST, 1, 2`;

const countersSql = /* sql */ `
  SELECT relid::text AS oid, n_tup_ins::text AS inserted, n_tup_del::text AS deleted FROM pg_stat_all_tables`;

const marksSql = (walStatsReset: string) => /* sql */ `
  SELECT pg_postmaster_start_time()::text AS "startedAt",
         (SELECT stats_reset::text FROM pg_stat_database WHERE datname = current_database()) AS "statsReset",
         ${walStatsReset} AS "walStatsReset"`;

/**
 * Since 15, sessions write their counters into shared memory. Before, they sent them to a collector in datagrams,
 * which may be late or lost without a word.
 */
export function losesNoReport({ serverVersion }: Pick<ResetMarks, 'serverVersion'>): boolean {
  return serverVersion >= 150_000;
}

/**
 * Counts every table in one repeatable-read transaction, the smallest first, for as long as there is time. The
 * counters are read before it, never after: what they miss is then counted as written since, which widens the bounds
 * and never narrows them. A table that cannot be counted is estimated, with the reason; the others go on.
 */
export async function readMoment(
  client: Client,
  exactUpToBytes: number,
  hasTime: () => boolean = () => true,
): Promise<Moment> {
  const marks = await readMarks(client);
  const counters = await readCounters(client);
  return inSnapshot(client, async () => {
    const { rows } = await client.query<{ lsn: string; now: string }>(
      /* sql */ `SELECT pg_current_wal_lsn()::text AS lsn, to_json(now() AT TIME ZONE 'UTC')#>>'{}' || 'Z' AS now`,
    );
    const tables: CountedTable[] = [];
    for (const row of await listTables(client)) {
      const limitBytes = hasTime() ? exactUpToBytes : -1;
      const counted = await countTable(client, row, counters[row.oid], limitBytes);
      if (counted) tables.push(counted);
    }
    return { readAt: rows[0]?.now ?? '', lsn: rows[0]?.lsn ?? '', marks, tables };
  });
}

/** Whoever locks a table just while sizes are read must not end the whole: then those that were told must do. */
async function listTables(client: Client): Promise<TableRow[]> {
  const list = async (sizeSql: string) => (await client.query<TableRow>(tablesSql(sizeSql))).rows;
  const read = await oneRead(client, () => list(freshSizeSql));
  return read.kind === 'read' ? read.result : list(toldSizeSql);
}

async function countTable(
  client: Client,
  row: TableRow,
  counters: TableCounters = { inserted: '0', deleted: '0' },
  exactUpToBytes: number,
): Promise<CountedTable | undefined> {
  const { schema, table, oid } = row;
  const estimated = {
    schema,
    table,
    oid,
    rows: row.estimate,
    fileNode: row.file_node,
    exact: false,
    counters,
  };
  if (exactUpToBytes < 0) return { ...estimated, uncounted: 'the time for counting was spent' };
  if (Number(row.size_bytes ?? 0) > exactUpToBytes) return estimated;
  const read = await oneRead(client, () => countRows(client, row));
  switch (read.kind) {
    case 'read':
      return { schema, table, oid, ...read.result, exact: true, counters };
    case 'gone':
      return undefined;
    case 'refused':
      return { ...estimated, uncounted: read.reason };
  }
}

/** The file node is that of the counted rows: TRUNCATE is not bound to a snapshot, and waits only from here on. */
async function countRows(client: Client, { schema, table, oid }: TableRow) {
  const { rows } = await client.query<{ rows: string; fileNode: string }>(
    /* sql */ `SELECT count(*)::text AS rows, pg_relation_filenode($1::oid)::text AS "fileNode"
                 FROM ONLY ${quoteName(schema, table)}`,
    [oid],
  );
  const [counted] = rows;
  if (!counted) throw new Error(`Postgres answered no row to the count of ${schema}.${table}.`);
  return counted;
}

/**
 * Sessions that report late. At the end of a transaction one reports unless it has within the last second; else after
 * 10 s of idling, or at the end of a later transaction. So one that ends a transaction 2 s after the moment has
 * reported all from before it, and one that was idle by then has after 11 s, or is in a transaction that began before
 * 13 s. A CALL that commits by itself begins one transaction after the other and reports at its end: its statement tells.
 */
const holdingBackSql = /* sql */ `
  SELECT count(*)::int AS sessions FROM pg_stat_activity
   WHERE datname = current_database() AND pid <> pg_backend_pid()
     -- Subscriptions and scheduled jobs write from workers of their own; these three never do.
     AND coalesce(backend_type, '') NOT IN ('autovacuum worker', 'parallel worker', 'walsender')
     -- Without pg_read_all_stats, what the sessions of others do is hidden: any of them may hold something back.
     -- The same is so where track_activities is off.
     AND (coalesce(state, 'disabled') = 'disabled'
          OR state = 'idle' AND state_change < $1::timestamptz + interval '2 seconds'
             AND state_change > clock_timestamp() - interval '11 seconds'
             -- Idle since before the window opened: it has committed nothing since.
             AND ($2::timestamptz IS NULL OR state_change >= $2::timestamptz)
          OR (xact_start IS NOT NULL OR state = 'active')
             AND least(xact_start, query_start) < $1::timestamptz + interval '13 seconds'
             -- Still in the transaction that it was in when the window opened: it has committed nothing since.
             AND ($2::timestamptz IS NULL OR xact_start IS NULL OR xact_start >= $2::timestamptz))`;

/**
 * Reads the counters some time after the second moment. How long after is a matter of patience alone: whoever may not
 * have reported yet is counted, so that who looks too early finds sessions holding back, and trusts nothing. They are
 * looked at before, so that none reports in between unseen; the marks after, so that no reset does. Given the first
 * moment as well, whoever has done nothing since is known to hold nothing back.
 */
export async function readSettled(client: Client, after: Moment, before?: Moment): Promise<SettledCounters> {
  const window = [after.readAt, before?.readAt ?? null];
  const { rows } = await client.query<{ sessions: number }>(holdingBackSql, window);
  const counters = await readCounters(client);
  const marks = await readMarks(client);
  return { readAt: new Date().toISOString(), marks, counters, sessionsHoldingBack: rows[0]?.sessions ?? 0 };
}

async function readMarks(client: Client): Promise<ResetMarks> {
  const version = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  const serverVersion = Number(version.rows[0]?.server_version_num);
  // The view came with 14; where counters prove nothing, it need not be asked.
  const walStatsReset = losesNoReport({ serverVersion })
    ? '(SELECT stats_reset::text FROM pg_stat_wal)'
    : 'NULL';
  const { rows } = await client.query<ResetMarks>(marksSql(walStatsReset));
  const [marks] = rows;
  if (!marks)
    throw new Error('Postgres answered no row to a query that always has one: the marks of a reset.');
  return { ...marks, serverVersion };
}

async function readCounters(client: Client): Promise<Record<string, TableCounters>> {
  const { rows } = await client.query<TableCounters & { oid: string }>(countersSql);
  return Object.fromEntries(rows.map(({ oid, inserted, deleted }) => [oid, { inserted, deleted }]));
}
