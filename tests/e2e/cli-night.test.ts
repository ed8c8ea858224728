import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commandLine } from '../support/command-line.ts';

let cli: Awaited<ReturnType<typeof commandLine>>;

beforeAll(async () => {
  cli = await commandLine();
});
afterAll(() => cli.remove());

interface SinkMessage {
  readonly sink: string;
  readonly body: object;
}

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
  readonly alarm: {
    readonly told: readonly SinkMessage[];
    readonly toldAgain: readonly SinkMessage[];
    readonly recovered: readonly SinkMessage[];
    readonly receipts: readonly {
      readonly kind: string;
      readonly sink: string;
      readonly attempts: number;
      readonly path: string;
    }[];
  };
  readonly refused: {
    readonly report: { readonly tables: readonly { refusals: readonly { reason: string }[] }[] };
  };
}

test('a night backs up, drills, checks, archives and refreshes, each once for the same event twice, undoes an accident and tells of an alarm', async () => {
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
  expectAlarm(night.alarm);
  // All the jobs of a night, several times, beside whatever else the machine has to do.
}, 300_000);

/** Told once in the chat and once to the pager, with what the database was doing; over in both, with proof. */
function expectAlarm({ told, toldAgain, recovered, receipts }: Night['alarm']): void {
  const bySink = (messages: readonly SinkMessage[]) =>
    Object.fromEntries(messages.map(({ sink, body }) => [sink, body]));
  const [on, over] = [bySink(told), bySink(recovered)];
  expect([told.length, toldAgain.length, recovered.length]).toEqual([2, 0, 2]);
  expect(on.chat).toMatchObject({
    text: expect.stringMatching(
      /^CRITICAL: nightshift-demo-menotime-connections\. DatabaseConnections 1\d over 10$/,
    ),
  });
  const shown = JSON.stringify(on.chat);
  expect(shown).toMatch(/DatabaseConnections 1\d over 10/);
  expect(shown).toContain('UPDATE public.appointments SET status = $1 WHERE id = $2');
  expect(shown).toMatch(/\d+ waits \d+ s for \d+ \(transactionid\)/);
  expect(shown).toContain('Runbook: docs/runbooks/database-alarms.md#connections');
  const dedup_key = expect.stringMatching(/^arn:aws:cloudwatch:.*:nightshift-demo-menotime-connections$/);
  expect(on.pager).toMatchObject({ event_action: 'trigger', dedup_key, payload: { severity: 'critical' } });
  expect(over).toMatchObject({
    chat: {
      text: expect.stringMatching(
        /^Over: nightshift-demo-menotime-connections\. It was on for .+ DatabaseConnections back at \d+/,
      ),
    },
    pager: { event_action: 'resolve', dedup_key },
  });
  expect(receipts.map(({ kind, sink }) => `${kind} ${sink}`).sort()).toEqual([
    'alarm chat',
    'alarm pager',
    'recovery chat',
    'recovery pager',
  ]);
  expect(receipts.filter(({ path }) => !existsSync(path))).toEqual([]);
}
