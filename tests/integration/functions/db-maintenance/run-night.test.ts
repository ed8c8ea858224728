import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type JobRun, runJob } from '../../../../cli/job-process.ts';
import { readAgeDays } from '../../../../functions/db-maintenance/read-age.ts';
import type { DbMaintenanceReport } from '../../../../functions/db-maintenance/report.ts';
import { readStage } from '../../../../infra/build/stage.ts';
import { type LocalStage, startLocalStage } from '../../../../infra/local/stage.ts';
import { parseConfig } from '../../../../shared/config/define.ts';
import type { SlotResult } from '../../../../shared/job/run-slot.ts';
import { demoTemplate } from '../../../support/demo-template.ts';
import { localClients } from '../../../support/local-clients.ts';

let stage: LocalStage;

beforeAll(async () => {
  const config = await readStage({ stage: 'demo', configFile: 'nightshift.config.ts' });
  const { menotime } = config.databases;
  const dbMaintenance = { window: { from: '00:00', hours: 24 }, integrity: { pauseMs: 0, sharePerRun: 1 } };
  const changed = { ...config, databases: { menotime: { ...menotime, dbMaintenance } } };
  const parsed = parseConfig({ stages: { demo: changed } }, 'the changed demo config').stages.demo ?? config;
  stage = await startLocalStage({ stage: 'demo', config: parsed, template: await demoTemplate() });
});
afterAll(() => stage.stop());

const run = (event: object, onLog: JobRun['onLog'] = () => undefined) =>
  runJob<SlotResult<DbMaintenanceReport>>({
    job: 'db-maintenance',
    functionName: stage.names.functionName('db-maintenance'),
    event,
    environment: stage.environment,
    onLog,
  });

test('where a superuser owns the tables, the run fails and nobody is told to join a superuser', async () => {
  const event = { database: 'menotime', label: 'refused', tables: ['public.patients'] };
  await expect(run(event)).rejects.toThrow(
    /ALTER TABLE "public"\."patients" OWNER TO a role of the application/,
  );
});

test('a dry run names what a run would do; the run does it, and the next finds it done', async () => {
  const admin = new Client({ ...stage.databases[0]?.instance.adminConnection, database: 'menotime_demo' });
  await admin.connect();
  await admin.query('GRANT rdsadmin TO nightshift').finally(() => admin.end());
  const planned = await run({ database: 'menotime', dryRun: true });
  if (planned.kind !== 'planned' || planned.report.kind !== 'plan') throw new Error('it was not planned');
  const { actions } = planned.report;
  expect(actions.map(({ kind }) => kind)).toContain('check table');
  expect(JSON.stringify(planned).length).toBeLessThan(200_000);

  const done = await run({
    trigger: 'schedule',
    database: 'menotime',
    scheduledTime: '2026-01-01T05:00:00Z',
  });
  if (done.kind !== 'done' || done.record.report?.kind !== 'run') throw new Error('it was not done');
  const { outcomes, unfinished } = done.record.report;
  expect(outcomes.filter(({ status }) => status !== 'done')).toEqual([]);
  // Analyzing a partitioned table does its partitions too, which were planned for themselves.
  const checks = actions.filter(({ kind }) => kind.startsWith('check'));
  expect(outcomes.map(({ target }) => target)).toEqual(
    expect.arrayContaining(checks.map(({ target }) => target)),
  );
  expect(outcomes.map(({ kind }) => kind)).toContain('vacuum');
  expect(unfinished).toEqual([]);

  const again = await run({
    trigger: 'schedule',
    database: 'menotime',
    scheduledTime: '2026-01-01T05:00:00Z',
  });
  expect(again).toMatchObject({ kind: 'done', before: true });
}, 120_000);

test('what cannot wait is a run of its own, which counts the days since a whole one', async () => {
  const event = { trigger: 'schedule', database: 'menotime', scheduledTime: '2026-01-02T04:30:00Z' };
  const lines: Record<string, unknown>[] = [];
  const done = await run({ ...event, part: 'urgent' }, ({ fields }) => lines.push(fields));
  expect(done).toMatchObject({
    kind: 'done',
    record: { slot: 'urgent-2026-01-02', report: { outcomes: [], unfinished: [], broken: [] } },
  });
  const age = lines.map(({ MaintenanceAgeDays }) => MaintenanceAgeDays).find((days) => days !== undefined);
  // A whole one has just succeeded.
  expect(age).toBeCloseTo(0, 1);
  const { s3 } = localClients({ endpoint: stage.stack.endpoint });
  const records = { bucket: stage.names.backupBucket, database: 'menotime' };
  const inTenDays = new Date(Date.now() + 10 * 86_400_000);
  expect(await readAgeDays(s3, { ...records, now: inTenDays })).toBeCloseTo(10, 1);
  // Where nothing has ever run, it is missing from now on.
  expect(await readAgeDays(s3, { ...records, database: 'other', now: inTenDays })).toBe(0);
});

test('to end sessions is a run of its own', async () => {
  const planned = await run({ database: 'menotime', end: { selectsOverMinutes: 60 }, dryRun: true });
  expect(planned).toMatchObject({ kind: 'planned', report: { kind: 'sessions', outcomes: [] } });
});
