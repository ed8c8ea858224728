import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateDBSnapshotCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import { restoreDrill } from '../../../../shared/config/restore-drill.ts';
import { failingDrill, reportOf, restoredInstances, restoredNames, source } from '../../../support/drills.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';

const { questions } = restoreDrill.parse({
  questions: {
    amcheck: { share: 0 },
    assertions: [{ name: 'notes', query: 'SELECT count(*) > 0 FROM clinical_notes', equals: 'true' }],
  },
});

let stage: JobStage;
/** The second before the DELETE, ISO 8601. */
let before: string;

beforeAll(async () => {
  stage = await startJobStage({
    drilling: { questions },
    delays: { snapshotCreating: 0, restoring: 0, deleting: 0, archiving: 200 },
  });
  await restorableUntil(new Date());
  before = await inSource(async (query) => {
    const { at } = await query('SELECT clock_timestamp() AS at');
    await sleep(20);
    await query('DELETE FROM clinical_notes');
    return new Date((at as Date).getTime() + 5).toISOString();
  });
  await restorableUntil(new Date());
});
afterAll(() => stage?.stop());

type Query = (sql: string) => Promise<Record<string, unknown>>;

/** With the superuser, in the demo's database of the instance at `port`. */
function inSource<T>(use: (query: Query) => Promise<T>, port?: number): Promise<T> {
  const [database] = stage.databases;
  const connection = { ...database?.instance.adminConnection, ...(port ? { port } : {}) };
  return withConnection(connection, (client) =>
    use(async (sql) => (await client.query<Record<string, unknown>>(sql)).rows[0] ?? {}),
  );
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

test('a drill of now finds that the rows are gone, and names what it asked', async () => {
  const event = { database: 'menotime', label: 'now', source: 'latest restorable time' };
  const { error, report } = await failingDrill(stage, event, 'now');
  expect(error.message).toMatch(/FAIL .*notes/);
  expect(report).toMatchObject({ snapshot: null, kind: 'drill' });
  expect(Date.parse(report?.restoredTo ?? '')).toBeGreaterThan(Date.parse(before));
  expect(await restoredNames(stage.clients.rds)).toEqual([]);
});

test('a drill of the second before passes', async () => {
  const event = { database: 'menotime', label: 'before', targetTime: before };
  const report = reportOf(await stage.drill(event));
  expect(report).toMatchObject({ snapshot: null, restoredTo: before, kind: 'drill' });
  expect(report.findings.filter(({ status }) => status === 'fail')).toEqual([]);
});

test('a time that cannot be restored yet is refused, with the window', async () => {
  const targetTime = new Date(Date.now() + 3_600_000).toISOString();
  const drill = stage.drill({ database: 'menotime', label: 'later', targetTime });
  await expect(drill).rejects.toThrow(/latest restorable time is .*Z/);
});

test('for real: the rows are back on a new instance that stays, the source is as it was, a snapshot of it taken', async () => {
  const restore = { targetTime: before, instance: 'menotime-demo-recovery' };
  const event = { database: 'menotime', label: 'mended', restore };
  const report = reportOf(await stage.drill(event));
  expect(report).toMatchObject({
    kind: 'recovery',
    instance: 'menotime-demo-recovery',
    restoredTo: before,
    safetySnapshot: { identifier: expect.stringContaining('safety'), seconds: expect.any(Number) },
    address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    next: { cutOver: expect.any(Array), goBack: expect.any(Array) },
  });
  expect(report.findings.filter(({ status }) => status === 'fail' || status === 'warn')).toEqual([]);

  const [restored, ...others] = await restoredInstances(stage.clients.rds);
  expect(others).toEqual([]);
  expect(restored).toMatchObject({ DBInstanceStatus: 'available', BackupRetentionPeriod: 7 });
  const tags = restored?.TagList?.map(({ Key }) => Key) ?? [];
  expect(tags).toContain('nightshift:recovery');
  expect(tags).not.toContain('nightshift:expires-at');
  expect(tags).not.toContain('nightshift:job');
  const count: (port?: number) => Promise<unknown> = (port) =>
    inSource(async (query) => (await query('SELECT count(*)::int AS n FROM clinical_notes')).n, port);
  expect(await count(restored?.Endpoint?.Port)).toBeGreaterThan(0);
  expect(await count()).toBe(0);

  const { DBSnapshots = [] } = await stage.clients.rds.send(
    new DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }),
  );
  expect(DBSnapshots).toMatchObject([
    { DBSnapshotIdentifier: report.safetySnapshot?.identifier, Status: 'available' },
  ]);
});

test('never over an instance that is there', async () => {
  const restore = { targetTime: before, instance: source };
  const drill = stage.drill({ database: 'menotime', label: 'over', restore });
  await expect(drill).rejects.toThrow(/An instance named menotime-demo exists/);
  const again = { targetTime: before, instance: 'menotime-demo-recovery' };
  const second = stage.drill({ database: 'menotime', label: 'again', restore: again });
  await expect(second).rejects.toThrow(/An instance named menotime-demo-recovery exists/);
});

test('neither a drill’s end nor the reaper touches what was restored for real', async () => {
  await stage.clients.rds.send(
    new CreateDBSnapshotCommand({ DBInstanceIdentifier: source, DBSnapshotIdentifier: 'by-hand' }),
  );
  expect(await stage.reap({})).toMatchObject({ kind: 'ran', report: { expired: [], deleted: [] } });
  expect(await restoredNames(stage.clients.rds)).toEqual(['menotime-demo-recovery']);
});
