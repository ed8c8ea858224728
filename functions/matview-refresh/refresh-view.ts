import type { Client } from 'pg';
import { formatTableName, type TableName } from '../../shared/config/table-name.ts';
import { NightshiftError, PostgresError } from '../../shared/job/errors.ts';
import type { ConnectOptions } from '../../shared/postgres/connect.ts';
import { AlreadyRunningError } from '../../shared/postgres/detached/already-running-error.ts';
import { detachedName } from '../../shared/postgres/detached/name.ts';
import { findRunning, type RunningStatement } from '../../shared/postgres/detached/running.ts';
import { runDetached } from '../../shared/postgres/detached/transaction.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { evidenceOf, type JudgedView } from './assemble-evidence.ts';
import { whoeverRefreshed } from './evidence.ts';
import { readDefinitions, readMarks, readRelations } from './evidence-sql.ts';
import { readNewest, tracksCounts } from './newest-refresh.ts';

export interface RefreshOrder {
  readonly slot: string;
  readonly method: 'concurrently' | 'plain';
  readonly limits: { readonly lockMs: number; readonly statementSeconds: number };
}

/** `alwaysBecause`: why counters say nothing about it, as for one that depends on the clock; null where they do. */
export type RefreshedView = TableName & JudgedView & { readonly alwaysBecause: string | null };

/**
 * Refreshes a view once in a slot. `running`: the server goes on without us. `before`: this slot has refreshed it
 * already. Throws PostgresError and AlreadyRunningError: see isLocked and isRefreshedByAnother.
 */
export async function refreshView(
  options: ConnectOptions,
  view: RefreshedView,
  order: RefreshOrder,
  until: number,
): Promise<'committed' | 'running' | 'before'> {
  const transaction = {
    name: namesOf(view.id, order.slot)[options.pooled ? 'pooled' : 'direct'],
    // In whichever slot, by one at a time.
    lock: `matview-refresh ${view.id}`,
    limits: order.limits,
    prepare: (client: Client) => enter(client, view, order),
    text: statements(view, order),
  };
  try {
    return await runDetached(options, transaction, until);
  } catch (error) {
    if (error instanceof RefreshedBeforeError) return 'before';
    if (!(error instanceof PostgresError) || error.sqlState !== otherViewState) throw error;
    throw new PostgresError(
      `${formatTableName(view)} was renamed while it was to be refreshed, and another view has its name.`,
      { transient: true, sqlState: otherViewState },
    );
  }
}

/** Told apart for whoever judges views meanwhile: see lookAtSessions. */
const namesOf = (viewId: string, slot: string) => ({
  direct: detachedName('matview-refresh', viewId, slot),
  pooled: detachedName('matview-refresh-pooled', viewId, slot),
});

class RefreshedBeforeError extends NightshiftError {
  override readonly name = 'RefreshedBeforeError';
}

const enterSql = /* sql */ `
  WITH entered AS (
    INSERT INTO nightshift.view_refreshes (view_id, view, slot, method, evidence)
    VALUES ($1::oid, $2, $3, $4, $5::jsonb) ON CONFLICT DO NOTHING RETURNING view_id)
  SELECT set_config('nightshift.view_id', $1::text, true), set_config('nightshift.slot', $3, true),
         set_config('nightshift.rows_before', coalesce($6::text, ''), true),
         set_config('nightshift.counted_before', (${'pg_stat_get_xact_tuples_inserted($1::oid) - pg_stat_get_xact_tuples_deleted($1::oid)'})::text, true)
    FROM entered`;

/**
 * Enters the row with all that the refresh will vouch for, before it takes its snapshot. The marks of a reset go first:
 * a reset in the middle then shows.
 */
async function enter(client: Client, view: RefreshedView, { slot, method }: RefreshOrder): Promise<void> {
  const marks = await readMarks(client);
  const relations = await readRelations(client, [view.id, ...view.reads]);
  const definitions = await readDefinitions(client, [view.definitionIds]);
  const tracks = await tracksCounts(client);
  const vouches = tracks && view.alwaysBecause === null;
  const evidence = vouches ? evidenceOf({ marks, relations, definitions })(view) : null;
  const own = relations.get(view.id);
  const newest = (await readNewest(client, [view])).get(view.id);
  const isOurs = tracks && newest?.ownMarks && own && whoeverRefreshed(newest.ownMarks, own) === null;
  const rowsBefore = method === 'plain' && tracks ? '0' : isOurs ? newest.rows : null;
  const values = [
    view.id,
    formatTableName(view),
    slot,
    method,
    evidence && JSON.stringify(evidence),
    rowsBefore,
  ];
  const { rowCount } = await client.query(enterSql, values);
  if (rowCount === 0)
    throw new RefreshedBeforeError(`${formatTableName(view)} was refreshed in the slot ${slot} before.`);
}

/** In which class no code of Postgres' own is. */
const otherViewState = 'NS001';

/**
 * REFRESH goes by the name, and the row by the oid: where somebody gave the name to another view in between, nothing
 * of it may be kept. The lock tells which view was refreshed, and no name can change while it is held.
 */
const refuseOtherView = (id: string) => /* sql */ `DO $do$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'relation' AND relation = ${id} AND pid = pg_backend_pid() AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND mode IN ('ExclusiveLock', 'AccessExclusiveLock')) THEN
    RAISE EXCEPTION 'its name is that of another view' USING ERRCODE = '${otherViewState}';
  END IF;
END $do$`;

/** What follows in one message. Rows are counted only where they do not follow from how many were written. */
function statements(view: RefreshedView, { method }: RefreshOrder): string[] {
  const name = quoteName(view.schema, view.name);
  const id = `current_setting('nightshift.view_id')::oid`;
  const counter = (which: string) => `pg_stat_get_xact_tuples_${which}(${id})`;
  const mark = (which: string) => `(pg_stat_get_tuples_${which}(${id}) + ${counter(which)})::text`;
  return [
    `REFRESH MATERIALIZED VIEW ${method === 'concurrently' ? 'CONCURRENTLY ' : ''}${name}`,
    refuseOtherView(id),
    /* sql */ `UPDATE nightshift.view_refreshes SET ended_at = clock_timestamp(), bytes = pg_total_relation_size(${id}),
      rows = coalesce(nullif(current_setting('nightshift.rows_before'), '')::bigint + ${counter('inserted')} - ${counter('deleted')}
                        - current_setting('nightshift.counted_before')::bigint,
                      (SELECT count(*) FROM ${name})),
      own_marks = jsonb_build_object('fileNode', pg_relation_filenode(${id})::text, 'inserted', ${mark('inserted')},
                                     'updated', ${mark('updated')}, 'deleted', ${mark('deleted')})
      WHERE view_id = ${id} AND slot = current_setting('nightshift.slot')`,
    /* sql */ `UPDATE nightshift.view_refreshes SET evidence = NULL
      WHERE view_id = ${id} AND slot <> current_setting('nightshift.slot') AND evidence IS NOT NULL`,
    /* sql */ `DELETE FROM nightshift.view_refreshes WHERE view_id = ${id}
      AND slot <> current_setting('nightshift.slot') AND ended_at < now() - interval '400 days'`,
  ];
}

/** What became of a refresh that nobody listened to. */
export type RefreshLook =
  | { readonly kind: 'committed'; readonly endedAt: string; readonly rows: string; readonly bytes: string }
  | ({ readonly kind: 'running' } & RunningStatement)
  | { readonly kind: 'none' };

/** The session is looked for before the row: one that ends in between has left its row. */
export async function lookAtRefresh(client: Client, viewId: string, slot: string): Promise<RefreshLook> {
  const [running] = (await findRunning(client, Object.values(namesOf(viewId, slot)))).values();
  if (running) return { kind: 'running', ...running };
  const { rows } = await client.query<{ endedAt: Date; rows: string; bytes: string }>(
    /* sql */ `SELECT ended_at AS "endedAt", rows::text, bytes::text FROM nightshift.view_refreshes
                WHERE view_id = $1::oid AND slot = $2 AND ended_at IS NOT NULL`,
    [viewId, slot],
  );
  const [row] = rows;
  return row ? { kind: 'committed', ...row, endedAt: row.endedAt.toISOString() } : { kind: 'none' };
}

/** Ids of views that this slot has begun already: their refresh goes on in the server, or was committed. */
export async function begunBefore(
  client: Client,
  viewIds: readonly string[],
  slot: string,
): Promise<ReadonlySet<string>> {
  const names = new Map(viewIds.flatMap((id) => Object.values(namesOf(id, slot)).map((name) => [name, id])));
  const running = await findRunning(client, [...names.keys()]);
  const { rows } = await client.query<{ id: string }>(
    'SELECT view_id::text AS id FROM nightshift.view_refreshes WHERE slot = $1 AND ended_at IS NOT NULL',
    [slot],
  );
  return new Set([
    ...[...running.keys()].flatMap((name) => names.get(name) ?? []),
    ...rows.map(({ id }) => id),
  ]);
}

/** Whether the view, or a table under it, was locked for longer than the refresh may wait. */
export function isLocked(error: unknown): boolean {
  return error instanceof PostgresError && error.sqlState === '55P03';
}

/** Whether another session of ours is refreshing this view at this moment. */
export function isRefreshedByAnother(error: unknown): boolean {
  return error instanceof AlreadyRunningError;
}
