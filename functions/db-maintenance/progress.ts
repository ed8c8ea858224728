import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { DbMaintenanceJob, Reach } from './job.ts';

const everyMs = 30_000;

const progressSql = /* sql */ `
  SELECT p.phase, p.heap_blks_scanned::float8 AS done, p.heap_blks_total::float8 AS total FROM pg_stat_progress_vacuum p
    JOIN pg_stat_activity a USING (pid) WHERE a.application_name = $1 AND p.datname = current_database()
  UNION ALL
  SELECT p.phase, p.blocks_done::float8, p.blocks_total::float8 FROM pg_stat_progress_create_index p
    JOIN pg_stat_activity a USING (pid) WHERE a.application_name = $1 AND p.datname = current_database()`;

/** How far the statement of a name has come: its phase, and blocks of all. */
export async function readProgress(client: Client, name: string) {
  const { rows } = await client.query<{ phase: string; done: number; total: number }>(progressSql, [name]);
  return rows[0];
}

/** Logs now and then how far a statement has come, for as long as `work` takes. */
export async function withProgress<T>(
  { log }: Pick<DbMaintenanceJob, 'log'>,
  { connect }: Pick<Reach, 'connect'>,
  {
    target,
    name,
    logEveryMs = everyMs,
  }: { readonly target: string; readonly name: string; readonly logEveryMs?: number },
  work: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const watching = (async () => {
    while (await rests(logEveryMs, ended.signal)) {
      const progress = await connect((client) => readProgress(client, name));
      if (progress) log.info('At work', { target, ...progress });
    }
  })().catch((error: unknown) => {
    // The work goes on without being watched.
    log.warn('Progress could not be read', {
      target,
      reason: error instanceof Error ? error.message : String(error),
    });
  });
  try {
    return await work();
  } finally {
    ended.abort();
    await watching;
  }
}

/** Whether the rest was not cut short. */
async function rests(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(milliseconds, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
