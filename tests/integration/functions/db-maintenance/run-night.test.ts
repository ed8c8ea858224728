import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { runJob } from '../../../../cli/job-process.ts';
import type { DbMaintenanceReport } from '../../../../functions/db-maintenance/report.ts';
import { readStage } from '../../../../infra/build/stage.ts';
import { type LocalStage, startLocalStage } from '../../../../infra/local/stage.ts';
import { parseConfig } from '../../../../shared/config/define.ts';
import type { SlotResult } from '../../../../shared/job/run-slot.ts';
import { demoTemplate } from '../../../support/demo-template.ts';

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

const run = (event: object) =>
  runJob<SlotResult<DbMaintenanceReport>>({
    job: 'db-maintenance',
    functionName: stage.names.functionName('db-maintenance'),
    event,
    environment: stage.environment,
    onLog: () => undefined,
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
}, 60_000);

test('to end sessions is a run of its own', async () => {
  const planned = await run({ database: 'menotime', end: { selectsOverMinutes: 60 }, dryRun: true });
  expect(planned).toMatchObject({ kind: 'planned', report: { kind: 'sessions', outcomes: [] } });
});
