import type { Client } from 'pg';
import type { AuditArchiveRequest } from './event.ts';
import type { TableOutcome } from './report.ts';

type Noted = Pick<AuditArchiveRequest, 'slot' | 'policies'>;

/** Shows inside of the database, in `nightshift.archive_policies` and `archive_jobs`, what this run is about to do. */
export async function recordBeginning(client: Client, { slot, policies }: Noted): Promise<void> {
  for (const policy of policies) {
    const { name, ageColumn, olderThanDays, to, archiveTable, ...settings } = policy;
    await client.query(
      /* sql */ `INSERT INTO nightshift.archive_policies
                   (policy, age_column, older_than_days, destination, archive_table, settings, seen_in_slot)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (policy) DO UPDATE SET age_column = excluded.age_column,
                   older_than_days = excluded.older_than_days, destination = excluded.destination,
                   archive_table = excluded.archive_table, settings = excluded.settings,
                   seen_in_slot = excluded.seen_in_slot, seen_at = clock_timestamp()`,
      [
        name,
        ageColumn,
        olderThanDays,
        to.kind,
        archiveTable && `${archiveTable.schema}.${archiveTable.name}`,
        { ...settings, to },
        slot,
      ],
    );
    await client.query(
      /* sql */ `INSERT INTO nightshift.archive_runs (slot, policy, status) VALUES ($1, $2, 'running')
                 ON CONFLICT (slot, policy) DO UPDATE SET status = 'running', reason = NULL, completed_at = NULL`,
      [slot, name],
    );
  }
}

export async function recordEnds(
  client: Client,
  { slot }: Pick<Noted, 'slot'>,
  outcomes: readonly TableOutcome[],
): Promise<void> {
  for (const { table, status, reason, daysBehind, deadRows } of outcomes) {
    await client.query(
      /* sql */ `UPDATE nightshift.archive_runs SET status = $3, reason = $4, completed_at = clock_timestamp(),
                   days_behind = $5, dead_rows = $6 WHERE slot = $1 AND policy = $2`,
      [slot, table, status, reason, daysBehind, deadRows],
    );
  }
}
