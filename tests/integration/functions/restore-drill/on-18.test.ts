import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeDBInstancesCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import { restoreDrill } from '../../../../shared/config/restore-drill.ts';
import {
  reportOf,
  restoredInstances,
  restoredNames,
  scheduledDrill,
  source,
} from '../../../support/drills.ts';
import { type JobStage, scheduled, startJobStage } from '../../../support/job-stage.ts';

const { questions } = restoreDrill.parse({
  questions: {
    roles: ['nightshift', 'demo_app'],
    revalidate: ['public.audit_log', 'public.ledger_entries'],
    hashChains: [{ table: 'public.ledger_entries', recompute: 'ledger_entry_hash(ledger_entries)' }],
    assertions: [{ name: 'notes', query: 'SELECT count(*) > 0 FROM clinical_notes', equals: 'true' }],
    compareWithExport: ['public.patients'],
  },
});

let stage: JobStage;
beforeAll(async () => {
  stage = await startJobStage({
    postgresMajor: 18,
    template: undefined,
    drilling: { questions },
    delays: {
      snapshotCreating: 0,
      exportStarting: 0,
      exportRunning: 0,
      restoring: 0,
      deleting: 0,
      archiving: 200,
    },
  });
  await stage.databases[0]?.seed({ auditRows: 1_000, patients: 20 });
}, 60_000);
afterAll(() => stage?.stop());

test('a drill of the night’s snapshot restores, asks everything and leaves nothing', async () => {
  await stage.run(scheduled('2026-01-02'));
  const report = reportOf(await stage.drill(scheduledDrill('2026-01-04')));
  expect(report.engineVersion).toMatch(/^18\./);
  expect(report.findings.filter(({ status }) => status !== 'pass')).toEqual([]);
  const checks = report.findings.map(({ check }) => check);
  for (const asked of ['row counts', 'hash chains', 'constraints', 'compare with export', 'amcheck'])
    expect(checks).toContain(asked);
  expect(await restoredNames(stage.clients.rds)).toEqual([]);
}, 60_000);

test('the moment before a DELETE is restored for real, with the rows', async () => {
  const before = await deleteNotes();
  const restore = { targetTime: before, instance: 'menotime-demo-recovery' };
  const report = reportOf(await stage.drill({ database: 'menotime', label: 'mended', restore }));
  expect(report).toMatchObject({ kind: 'recovery', restoredTo: before, available: true });
  expect(report.findings).toContainEqual(
    expect.objectContaining({ check: 'assertions', status: 'pass', fact: expect.stringContaining('true') }),
  );
  const [restored] = await restoredInstances(stage.clients.rds);
  expect(restored).toMatchObject({ DBInstanceStatus: 'available' });
}, 60_000);

/** Answers a moment at which they were there, ISO 8601, once it and what followed can be restored. */
async function deleteNotes(): Promise<string> {
  const [database] = stage.databases;
  if (!database) throw new Error('The demo stage names no database.');
  await restorableUntil(new Date());
  const at = await withConnection(database.instance.adminConnection, async (client) => {
    const { rows } = await client.query<{ at: Date }>('SELECT clock_timestamp() AS at');
    await sleep(20);
    await client.query('DELETE FROM clinical_notes');
    return rows[0]?.at ?? new Date(0);
  });
  await restorableUntil(new Date());
  return new Date(at.getTime() + 5).toISOString();
}

async function restorableUntil(time: Date): Promise<void> {
  for (;;) {
    const { DBInstances } = await stage.clients.rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: source }),
    );
    if ((DBInstances?.[0]?.LatestRestorableTime ?? 0) > time) return;
    await sleep(50);
  }
}
