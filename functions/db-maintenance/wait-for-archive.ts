import type { Client } from 'pg';
import { PatienceError } from '../../shared/job/errors.ts';
import { type DbMaintenanceJob, reachDatabase } from './job.ts';

const lookSeconds = 120;
/** Of the time that a run has. */
const longestShare = 0.75;

/** A run of audit-archive that has neither a session nor a batch of late has died, and nobody waits for it. */
const archivesNowSql = /* sql */ `
  SELECT EXISTS (SELECT FROM nightshift.archive_runs r WHERE r.status = 'running'
     AND (r.started_at > clock_timestamp() - interval '15 min'
       OR EXISTS (SELECT FROM nightshift.archive_batches b
            WHERE b.policy = r.policy AND b.committed_at > clock_timestamp() - interval '15 min')
       OR EXISTS (SELECT FROM pg_stat_activity a WHERE a.application_name = left('nightshift audit-archive ' || r.slot, 63)))) AS now`;

/** Whether audit-archive moves rows of any table at this moment. */
export async function archivesNow(client: Client): Promise<boolean> {
  const ledger = await client.query<{ there: boolean }>(
    `SELECT coalesce(has_table_privilege(to_regclass('nightshift.archive_runs'), 'SELECT'), false) AS there`,
  );
  if (!ledger.rows[0]?.there) return false;
  const { rows } = await client.query<{ now: boolean }>(archivesNowSql);
  return rows[0]?.now ?? false;
}

/** What an archive run is still emptying is vacuumed after it, once; where it takes too long, in the middle of it. */
export async function waitForArchive(job: DbMaintenanceJob): Promise<void> {
  try {
    await job.watch('audit-archive at work', {
      look: async () => (await reachDatabase(job)).connect(archivesNow),
      done: (isAtWork) => !isAtWork,
      everySeconds: lookSeconds,
      forHours: job.request.settings.nightHours * longestShare,
      gaveUp: () => 'audit-archive was at work for longer than this run could wait.',
    });
  } catch (error) {
    if (!(error instanceof PatienceError)) throw error;
    job.log.warn('Goes on beside audit-archive, which is still at work', { slot: job.request.slot });
  }
}
