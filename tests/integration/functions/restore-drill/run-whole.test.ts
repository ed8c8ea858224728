import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { restoreDrill } from '../../../../shared/config/restore-drill.ts';
import { done, reportOf, restoredNames, scheduledDrill } from '../../../support/drills.ts';
import { type JobStage, scheduled, startJobStage } from '../../../support/job-stage.ts';
import { listKeys, readObject } from '../../../support/made.ts';

const { questions } = restoreDrill.parse({
  questions: { compareWithExport: ['public.patients'], hashChains: [{ table: 'public.ledger_entries' }] },
});

let stage: JobStage;
beforeAll(async () => {
  stage = await startJobStage({ drilling: { questions } });
});
afterAll(() => stage?.stop());

test('a drill of Nightshift’s own snapshot: rows are held against what was counted around it', async () => {
  const backup = await stage.run(scheduled('2026-01-02'));
  const { snapshot } = (backup.kind === 'done' && backup.record.report) as never as {
    snapshot: { identifier: string; createdAt: string };
  };
  const report = reportOf(await stage.drill(scheduledDrill('2026-01-04')));
  expect(report).toMatchObject({
    kind: 'drill',
    instance: 'nightshift-drill-demo-menotime-2026-01-04',
    snapshot: snapshot.identifier,
    restoredTo: snapshot.createdAt,
    engineVersion: expect.stringMatching(/^15\./),
    adopted: false,
    recoveryTimeMinutes: 10,
    next: null,
  });
  expect(report.findings.filter(({ status }) => status !== 'pass')).toEqual([]);
  expect(report.findings).toContainEqual(expect.objectContaining({ check: 'row counts', status: 'pass' }));
  expect(report.findings).toContainEqual(
    expect.objectContaining({ check: 'compare with export', status: 'pass' }),
  );
  expect(report.findings).toContainEqual(expect.objectContaining({ check: 'recovery time', status: 'pass' }));
  const counts = JSON.parse(await readObject(stage, report.countsKey ?? ''));
  expect(counts).toContainEqual({ table: 'public.patients', rows: 60 });
  // A step's result is a checkpoint of 256 KB at most: what grows with the number of tables is kept apart.
  expect(JSON.stringify(report)).not.toContain('"rows"');
  expect(report.phases.restoring).toBeGreaterThan(0);
  expect(report.phases.deleting).toBeGreaterThan(0);
  expect(report.recoverySeconds).toBeGreaterThanOrEqual(report.phases.restoring);
  expect(await restoredNames(stage.clients.rds)).toEqual([]);
});

test('the newest automated snapshot goes before, and its rows are held against the last drill', async () => {
  const snapshot = await stage.stack.rds.takeAutomatedSnapshot('menotime-demo');
  const from = stage.stack.gateway.calls.length;
  const report = reportOf(await stage.drill(scheduledDrill('2026-01-11')));
  expect(report).toMatchObject({ snapshot, reason: expect.stringContaining('automated') });
  expect(report.findings.find(({ check }) => check === 'row counts')).toMatchObject({
    status: 'pass',
    fact: expect.not.stringMatching(/nothing yet/),
  });
  expect(done(stage, 'RestoreDBInstanceFromDBSnapshot', from)).toBe(1);
  expect(done(stage, 'DeleteDBInstance', from)).toBe(1);
  expect(await restoredNames(stage.clients.rds)).toEqual([]);
});

test('the same event again is answered with what was done', async () => {
  const from = stage.stack.gateway.calls.length;
  const result = await stage.drill(scheduledDrill('2026-01-11'));
  expect(result).toMatchObject({ kind: 'done', before: true });
  expect(done(stage, 'RestoreDBInstanceFromDBSnapshot', from)).toBe(0);
  expect(await listKeys(stage.clients.s3, stage.names.backupBucket, 'runs/restore-drill/')).toHaveLength(2);
});

test('a copy in the second region is restored there, and deleted there', async () => {
  const event = { database: 'menotime', label: 'away', source: 'second region' };
  const report = reportOf(await stage.drill(event));
  expect(report).toMatchObject({ region: 'us-east-1', snapshot: 'nightshift-demo-menotime-2026-01-02' });
  // Counted around the snapshot that the copy was made of.
  expect(report.findings.find(({ check }) => check === 'row counts')).toMatchObject({ status: 'pass' });
  const restores = stage.stack.gateway.calls.filter(({ action }) => action.startsWith('RestoreDBInstance'));
  expect(restores.at(-1)).toMatchObject({ region: 'us-east-1', status: 200 });
  expect(await restoredNames(stage.second.rds)).toEqual([]);
});
