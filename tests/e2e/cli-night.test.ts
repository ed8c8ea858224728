import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commandLine } from '../support/command-line.ts';

let cli: Awaited<ReturnType<typeof commandLine>>;

beforeAll(async () => {
  cli = await commandLine();
});
afterAll(() => cli.remove());

interface Night {
  readonly jobs: readonly {
    readonly job: string;
    readonly first: {
      readonly record?: { readonly report: { readonly tables?: readonly { table: string }[] } };
    };
  }[];
  readonly files: readonly { readonly path: string }[];
  readonly archivedFiles: readonly { readonly table: string; readonly rows: number; readonly path: string }[];
  readonly rescue: { readonly rowsBefore: number; readonly rowsAfter: number; readonly rowsRestored: number };
  readonly changed: {
    readonly result: { readonly record: { readonly report: { readonly counts: object } } };
  };
  readonly refused: {
    readonly report: { readonly tables: readonly { refusals: readonly { reason: string }[] }[] };
  };
}

test('a night backs up, drills, checks, archives and refreshes, each once for the same event twice, and undoes an accident', async () => {
  const { code, stdout, stderr } = await cli.run(['night', '--audit-rows', '2000', '--json']);
  expect([code, stderr.match(/nightshift: .*/)]).toEqual([0, null]);
  const night = JSON.parse(stdout) as Night;
  const done = { first: { kind: 'done', before: false }, second: { kind: 'done', before: true } };
  expect(night.jobs).toMatchObject([
    { job: 'snapshot-export', ...done },
    { job: 'restore-drill', ...done },
    { job: 'backup-verify', ...done },
    { job: 'audit-archive', ...done },
    { job: 'matview-refresh', ...done },
  ]);
  const archived = night.jobs[3]?.first.record?.report.tables ?? [];
  expect(archived.map(({ table }) => table).sort()).toEqual([
    'public.audit_log',
    'public.reports',
    'public.scenario_logs',
    'public.scenario_metrics',
  ]);
  expect(night.archivedFiles.length).toBeGreaterThan(10);
  expect(new Set(night.archivedFiles.map(({ table }) => table))).toEqual(new Set(['public.audit_log']));
  const paths = [...night.files, ...night.archivedFiles].map(({ path }) => path);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  expect(night.refused).toMatchObject({
    kind: 'planned',
    report: { tables: [{ kind: 'refuse', table: 'public.ledger_entries' }] },
  });
  expect(night.refused.report.tables[0]?.refusals[0]?.reason).toMatch(/lacks DELETE|append-only/);
  expect(night.changed.result.record.report.counts).toMatchObject({ refreshed: 2, skipped: 1 });
  const { rowsBefore, rowsAfter, rowsRestored } = night.rescue;
  expect(rowsBefore).toBeGreaterThan(0);
  expect([rowsAfter, rowsRestored]).toEqual([0, rowsBefore]);
});
