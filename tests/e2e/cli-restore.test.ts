import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateDBSnapshotCommand,
  DescribeDBInstancesCommand,
  DescribeDBSnapshotsCommand,
  waitUntilDBSnapshotAvailable,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import type { DrillRunReport } from '../../functions/restore-drill/report.ts';
import { type CommandEnd, commandLine } from '../support/command-line.ts';
import { localClients } from '../support/local-clients.ts';

let cli: Awaited<ReturnType<typeof commandLine>>;
let up: ReturnType<typeof cli.start>;
let environment: Record<string, string>;
let clients: ReturnType<typeof localClients>;

beforeAll(async () => {
  cli = await commandLine();
  up = cli.start(['up', '--audit-rows', '1000']);
  const ready = new Promise<void>((resolve) => {
    up.child.stdout.on('data', () => up.said.stdout.includes('# Ctrl-C stops') && resolve());
  });
  await Promise.race([ready, up.ended]);
  environment = Object.fromEntries(
    [...up.said.stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
  clients = localClients({ endpoint: environment.AWS_ENDPOINT_URL ?? '' });
  const { code, stderr } = await run(['backup', 'now', '--label', 'first', '--skip-export']);
  if (code !== 0) throw new Error(stderr);
});
afterAll(async () => {
  clients?.destroyAll();
  up?.child.kill('SIGINT');
  await up?.ended;
  await cli?.remove();
});

const run = (words: readonly string[]) => cli.run(words, { environment });

/** As the role of the jobs, in the source or at the address that a restore has told. */
async function asJob<Row>(sql: string, address?: string | null): Promise<Row[]> {
  const url = new URL(/psql '([^']+)'/.exec(up.said.stdout)?.[1] ?? '');
  if (address) url.host = address;
  const client = new Client(url.href);
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function instances(): Promise<string[]> {
  const { DBInstances = [] } = await clients.rds.send(new DescribeDBInstancesCommand({}));
  return DBInstances.map(({ DBInstanceIdentifier = '' }) => DBInstanceIdentifier).toSorted();
}

async function untilRestorable(time: string): Promise<void> {
  for (;;) {
    const { DBInstances: [source] = [] } = await clients.rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'menotime-demo' }),
    );
    if ((source?.LatestRestorableTime ?? new Date(0)) >= new Date(time)) return;
    await sleep(100);
  }
}

function reportIn({ stdout }: CommandEnd): DrillRunReport {
  return (JSON.parse(stdout) as { record: { report: DrillRunReport } }).record.report;
}

describe('bad usage ends with 2, and restores nothing', () => {
  const wrong: [string, string[], RegExp][] = [
    ['nothing to restore', [], /"latest", the name of a snapshot, or --target-time/],
    ['a time that is none', ['--target-time', 'yesterday'], /targetTime/],
    ['an unknown database', ['latest', '--database', 'other'], /no "restoreDrill" for a database "other"/],
  ];
  test.each(wrong)('%s', async (_title, words, message) => {
    const { code, stdout, stderr } = await run(['restore', ...words]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });
});

test('a snapshot that is not there ends with 1, and says where to look', async () => {
  const { code, stdout, stderr } = await run(['restore', 'nowhere']);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/RDS knows no snapshot nowhere.*nightshift backup list/);
});

test('a dry run prints the plan, with what it costs, and changes nothing', async () => {
  const { code, stdout } = await run(['restore', 'latest', '--instance', 'planned', '--dry-run']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/Nothing was changed/);
  expect(stdout).toMatch(/take safety snapshot +nightshift-safety-\S+/);
  expect(stdout).toMatch(/restore snapshot +planned +\S+: the newest of all/);
  expect(stdout).toMatch(/instance, each month +\$\d/);
  expect(await instances()).toEqual(['menotime-demo']);
});

test('the second before an accident is had back, in an instance that stays', async () => {
  const [before] = await asJob<{ rows: number; second: Date }>(
    "SELECT count(*)::int AS rows, date_trunc('second', clock_timestamp()) + interval '1 second' AS second FROM public.reports",
  );
  // RDS restores whole seconds: the accident must lie in a later one.
  await asJob('SELECT pg_sleep(1.2)');
  await asJob('DELETE FROM public.reports');
  const second = before?.second.toISOString() ?? '';
  await untilRestorable(second);
  const end = await run(['restore', '--target-time', second, '--json']);
  expect([end.code, end.stderr.match(/nightshift: .*/)]).toEqual([0, null]);
  expect(end.stderr).toMatch(/Safety snapshot .*100%/);
  expect(end.stderr).toMatch(/Restoring to menotime-demo-recovery-\S+ in us-west-1/);
  const { instance, address, safetySnapshot, ...report } = reportIn(end);
  expect(report).toMatchObject({ kind: 'recovery', restoredTo: second, snapshot: null });
  expect(before?.rows).toBeGreaterThan(0);
  const count = 'SELECT count(*)::int AS rows FROM public.reports';
  expect(await asJob(count, address)).toEqual([{ rows: before?.rows }]);
  expect(await asJob(count)).toEqual([{ rows: 0 }]);
  expect(await instances()).toContain(instance);
  const { DBSnapshots = [] } = await clients.rds.send(
    new DescribeDBSnapshotsCommand({ DBSnapshotIdentifier: safetySnapshot?.identifier ?? '' }),
  );
  expect(DBSnapshots).toMatchObject([{ Status: 'available', DBInstanceIdentifier: 'menotime-demo' }]);
});

test('where a question fails it ends with 1: for real the instance stays, and a drill of the same leaves nothing', async () => {
  const snapshot = { DBSnapshotIdentifier: 'doubtful' };
  await asJob('CREATE TABLE public.behind (id serial PRIMARY KEY); INSERT INTO public.behind VALUES (100)');
  await clients.rds.send(new CreateDBSnapshotCommand({ ...snapshot, DBInstanceIdentifier: 'menotime-demo' }));
  await waitUntilDBSnapshotAvailable({ client: clients.rds, minDelay: 1, maxWaitTime: 60 }, snapshot);
  const [real, drill] = await Promise.all([
    run(['restore', 'doubtful', '--instance', 'menotime-doubtful']),
    run(['restore', 'doubtful', '--verify-only', '--json']),
  ]);
  expect([real.code, drill.code]).toEqual([1, 1]);
  const [worst = ''] = /^(FAIL|warn|no baseline|pass) .*$/m.exec(real.stdout) ?? [];
  expect(worst).toMatch(/^FAIL +sequences: .*public\.behind/);
  for (const part of [/^restoring +\d/m, /^asking +\d/m, /^To cut over:\n/m, /^To go back:\n/m]) {
    expect(real.stdout).toMatch(part);
  }
  expect(real.stderr).toMatch(/1 check failed\. menotime-doubtful stays, at 127\.0\.0\.1:\d+/);
  expect(JSON.parse(drill.stdout)).toMatchObject({ kind: 'failed', record: { status: 'failed' } });
  expect(reportIn(drill)).toMatchObject({ kind: 'drill', address: null, next: null });
  expect(drill.stderr).toMatch(/1 check failed\. nightshift-drill-\S+ was deleted\./);
  expect((await instances()).filter((name) => /doubtful|drill/.test(name))).toEqual(['menotime-doubtful']);
});
