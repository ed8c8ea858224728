import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runJob } from '../../../../cli/job-process.ts';
import type { AuditArchiveReport, PlanReport } from '../../../../functions/audit-archive/report.ts';
import { withRefusedPolicy } from '../../../../infra/local/demo/refused-policy.ts';
import { stageFiles } from '../../../../infra/local/stage-files.ts';
import type { StageConfig } from '../../../../shared/config/schema.ts';
import type { SlotResult } from '../../../../shared/job/run-slot.ts';
import { databaseFingerprint } from '../../../support/database-fingerprint.ts';
import { withDatabaseOf } from '../../../support/demo-database.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';

let stage: JobStage;

beforeAll(async () => {
  stage = await startJobStage();
});
afterAll(() => stage?.stop());

async function dryRun(config: StageConfig = stage.config, folder = 'config'): Promise<PlanReport> {
  const { certificatePem, folder: stackFolder } = stage.stack;
  const files = await stageFiles({
    folder: join(stackFolder, folder),
    stage: 'demo',
    config,
    certificatePem,
  });
  const result = await runJob<SlotResult<AuditArchiveReport>>({
    job: 'audit-archive',
    functionName: stage.names.functionName('audit-archive'),
    event: { database: 'menotime', dryRun: true },
    environment: { ...stage.environment, ...files },
    onLog: () => undefined,
  });
  if (result.kind !== 'planned' || result.report.kind !== 'plan')
    throw new Error('A dry run answered no plan.');
  return result.report;
}

test('a dry run tells of each table of the demo what would move, and refuses none of them', async () => {
  const before = await withDatabaseOf(stage, databaseFingerprint);
  const { tables, estimatedCost } = await dryRun();
  expect(tables.map(({ table, kind }) => [table, kind]).sort()).toEqual([
    ['public.audit_log', 'archive rows'],
    ['public.reports', 'archive rows'],
    ['public.scenario_logs', 'archive rows'],
    ['public.scenario_metrics', 'archive rows'],
  ]);
  for (const { work } of tables) {
    expect(work).toMatchObject({ counted: true, oldest: expect.any(String), newest: expect.any(String) });
    expect(work?.rows).toBeGreaterThan(50);
    expect(work?.tableBytes).toBeGreaterThan(1_000);
    expect(work?.parts).toBeGreaterThan(1);
  }
  // The audit log reaches back three years, and metrics 950 days.
  const behind = tables.map(({ work }) => work?.daysBehind ?? 0);
  expect(behind).toEqual([...behind].sort((a, b) => b - a));
  expect(tables[0]?.table).toBe('public.audit_log');
  expect(estimatedCost.length).toBeGreaterThan(0);
  expect(await withDatabaseOf(stage, databaseFingerprint)).toEqual(before);
});

test('what is slow or may be missed is told, with the statement that mends it', async () => {
  const { tables } = await dryRun();
  const remedies = tables.flatMap(({ warnings }) => warnings.map(({ remedy }) => remedy ?? ''));
  expect(remedies.join('\n')).toContain(
    'CREATE INDEX CONCURRENTLY ON "public"."scenario_logs" ("received_at");',
  );
  expect(remedies.join('\n')).not.toContain('ON "public"."audit_log" ("timestamp")');
});

test('the append-only ledger is refused, with the reason and without being touched', async () => {
  const { tables } = await dryRun(withRefusedPolicy(stage.config), 'refused');
  expect(tables).toHaveLength(1);
  expect(tables[0]).toMatchObject({ kind: 'refuse', table: 'public.ledger_entries', work: null });
  const reasons = tables[0]?.refusals.map(({ reason }) => reason) ?? [];
  expect(reasons).toContain(
    'append-only: the trigger ledger_entries_append_only on public.ledger_entries raises on DELETE, by public.refuse_ledger_change()',
  );
  expect(reasons).toContain('the role nightshift lacks DELETE');
});

test('a ledger that was never made has every table refused', async () => {
  await withDatabaseOf(stage, (client) => client.query('ALTER SCHEMA nightshift RENAME TO elsewhere'));
  try {
    const { tables } = await dryRun();
    expect(tables.map(({ kind }) => kind)).toEqual(['refuse', 'refuse', 'refuse', 'refuse']);
    expect(tables[0]?.refusals).toEqual([
      {
        reason: 'the ledger in schema nightshift is missing',
        remedy: 'Apply infra/sql/*.up.sql in the order of their numbers.',
      },
    ]);
  } finally {
    await withDatabaseOf(stage, (client) => client.query('ALTER SCHEMA elsewhere RENAME TO nightshift'));
  }
});
