import { readdir } from 'node:fs/promises';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { commandLine } from '../support/command-line.ts';
import { damagedObjects, flipped } from '../support/damaged-objects.ts';
import { localClients } from '../support/local-clients.ts';

let cli: Awaited<ReturnType<typeof commandLine>>;
let up: ReturnType<typeof cli.start>;
let environment: Record<string, string>;

/** The demo with one export, under a label. */
beforeAll(async () => {
  cli = await commandLine();
  up = cli.start(['up', '--audit-rows', '2000']);
  const ready = new Promise<void>((resolve) => {
    up.child.stdout.on('data', () => up.said.stdout.includes('# Ctrl-C stops') && resolve());
  });
  await Promise.race([ready, up.ended]);
  environment = Object.fromEntries(
    [...up.said.stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
  await json(['backup', 'now', '--label', 'pre-v2']);
}, 120_000);
afterAll(async () => {
  up?.child.kill('SIGINT');
  await up?.ended;
  await cli?.remove();
});

const run = (words: readonly string[]) => cli.run(words, { environment });

async function json(words: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run([...words, '--json']);
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

async function asJob(sql: string): Promise<unknown[]> {
  const client = new Client(/psql '([^']+)'/.exec(up.said.stdout)?.[1] ?? '');
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('backup query: SQL over the newest export, or that of a slot, fetching the named tables alone', async () => {
  const rows = await json(['backup', 'query', 'SELECT count(*)::INT AS n FROM audit_log']);
  expect(rows).toEqual([{ n: 2_000 }]);
  const { stdout, stderr } = await run([
    'backup',
    'query',
    `SELECT l."order", count(*) AS lines FROM oddities."Order Line" l GROUP BY 1 ORDER BY 1`,
    '--slot',
    'pre-v2',
    '--csv',
  ]);
  expect(stdout.split('\r\n')[0]).toBe('order,lines');
  expect(stderr).toMatch(/Fetch 1 files/);
});

test('backup query: what the export does not hold is said, and nothing is left behind', async () => {
  const { code, stderr } = await run(['backup', 'query', 'SELECT * FROM public.nothing']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/names no table of the export .* There are these:\n {2}MixedCase/s);
  const left = await readdir(cli.folder);
  expect(left.filter((name) => name.startsWith('nightshift-archive-'))).toEqual([]);
});

test('backup query: a file with other bytes than were exported is not shown', async () => {
  const clients = localClients({ endpoint: environment.AWS_ENDPOINT_URL ?? '' });
  const listed = (await json(['backup', 'list'])) as { name: string; what: string }[];
  const name = listed.find(({ what }) => what === 'export')?.name ?? '';
  const bucket = 'nightshift-demo-backups';
  const objects = damagedObjects(clients.s3, bucket);
  const key = await firstKey(clients.s3, bucket, `exports/${name}/menotime_demo/public.users/`);
  const { code, stderr } = await objects.during(key, flipped, () =>
    run(['backup', 'query', 'SELECT count(*) FROM users']),
  );
  clients.destroyAll();
  expect(code).toBe(1);
  expect(stderr).toContain(`${key} is not the file that was exported`);
});

test('restore export: a dry run says what would come back; the run brings it, once', async () => {
  const words = ['restore', 'export', 'pre-v2', '--table', 'public.users', '--into', 'public.users_of_then'];
  const planned = await json([...words, '--dry-run']);
  expect(planned).toMatchObject({ dryRun: true, creates: true, frozen: 0, table: 'public.users' });
  expect(await asJob(`SELECT to_regclass('public.users_of_then') AS made`)).toEqual([{ made: null }]);
  const restored = await json(words);
  expect(restored).toMatchObject({ dryRun: false, created: true, rows: expect.any(Number), leftOut: [] });
  expect(
    await asJob(
      `SELECT count(*)::int AS same FROM users JOIN users_of_then USING (id) WHERE users::text = users_of_then::text`,
    ),
  ).toEqual([{ same: (restored as { rows: number }).rows }]);
  const again = await run(words);
  expect(again.code).toBe(1);
  expect(again.stderr).toMatch(/public\.users_of_then holds rows/);
});

test('restore export: an unknown slot, table or tier is said', async () => {
  const unknown = await run(['restore', 'export', '1999-01-01', '--table', 'public.users']);
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringMatching(/has the slot 1999-01-01/) });
  const table = await run(['restore', 'export', 'pre-v2', '--table', 'users']);
  expect(table).toMatchObject({ code: 2, stderr: expect.stringMatching(/no schema\.name/) });
  const tier = await run(['restore', 'export', 'pre-v2', '--table', 'public.users', '--tier', 'warp']);
  expect(tier).toMatchObject({ code: 2, stderr: expect.stringMatching(/expedited, standard, bulk/) });
});

async function firstKey(
  s3: ReturnType<typeof localClients>['s3'],
  Bucket: string,
  Prefix: string,
): Promise<string> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return Contents.find(({ Key }) => Key?.endsWith('.parquet'))?.Key ?? '';
}
