import { withConnection } from '../../postgres/connection.ts';
import { releaseUnusedSpace, waitForSegment } from '../../postgres/wal-archive.ts';
import type { RdsContext } from '../context.ts';
import { archiveFolder } from '../folders.ts';
import type { AutomatedBackup, Instance } from '../state.ts';
import { adminConnection } from './server.ts';

/**
 * Commits a transaction, and has the WAL up to it archived: recovery to any earlier moment then has a later commit
 * to stop at. Without it, an idle database could be recovered to its last write only.
 */
export async function beat(
  rds: RdsContext,
  instance: Instance,
  backup: AutomatedBackup,
  signal: AbortSignal,
): Promise<void> {
  const { at, segment } = await withConnection(adminConnection(rds, instance), async (client) => {
    const before = await client.query<{ at: Date }>('SELECT clock_timestamp() AS at');
    await client.query('SELECT txid_current()');
    const after = await client.query<{ segment: string }>(
      'SELECT pg_walfile_name(pg_switch_wal()) AS segment',
    );
    return { at: before.rows[0]?.at, segment: after.rows[0]?.segment };
  });
  if (!at || !segment) throw new Error(`The heartbeat of ${instance.identifier} got no answer.`);
  await waitForSegment(archiveFolder(instance), segment, { signal });
  await releaseUnusedSpace(archiveFolder(instance), segment);
  // The commit came after `at`, perhaps within the same millisecond.
  backup.latestRestorableTime = new Date(at.getTime() - 1);
}

/** Beats until the backup ends. A beat that fails moves nothing, which is what LatestRestorableTime then shows. */
export async function keepBeating(
  rds: RdsContext,
  instance: Instance,
  backup: AutomatedBackup,
): Promise<void> {
  const signal = AbortSignal.any([backup.ending.signal, rds.background.signal]);
  while (!signal.aborted) {
    try {
      if (backup.bases.length > 0 && instance.server) await beat(rds, instance, backup, signal);
      await rds.background.pause(rds.delays.archiving, signal);
    } catch {
      // The server restarts, or this ends: the loop's condition tells which, and time passes before the next try.
      if (!signal.aborted)
        await rds.background.pause(Math.max(rds.delays.archiving, 100), signal).catch(() => undefined);
    }
  }
}
