import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { commandLine, configFile } from '../support/command-line.ts';
import { localClients } from '../support/local-clients.ts';

const hostile = `public."Order ""Line"" /ü.x"`;

let cli: Awaited<ReturnType<typeof commandLine>>;
let up: ReturnType<typeof cli.start>;
let environment: Record<string, string>;
let clients: ReturnType<typeof localClients>;

/** The demo with one policy more, whose table somebody has made there. */
beforeAll(async () => {
  cli = await commandLine();
  const config = join(cli.folder, 'archive.config.ts');
  await writeFile(config, hostileConfig());
  up = cli.start(['up', '--audit-rows', '4000', '--config', config]);
  const ready = new Promise<void>((resolve) => {
    up.child.stdout.on('data', () => up.said.stdout.includes('# Ctrl-C stops') && resolve());
  });
  await Promise.race([ready, up.ended]);
  environment = Object.fromEntries(
    [...up.said.stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
  environment.NIGHTSHIFT_CONFIG = config;
  clients = localClients({ endpoint: environment.AWS_ENDPOINT_URL ?? '' });
  await asJob(/* sql */ `
    CREATE TABLE ${hostile} (id int PRIMARY KEY, "at" timestamptz NOT NULL, "said ""so""" text);
    INSERT INTO ${hostile} SELECT n, '2024-01-01Z'::timestamptz + n * interval '1 day', E'a,"b"\\n' || n
      FROM generate_series(0, 99) n;
    INSERT INTO ${hostile} VALUES (1000, now(), NULL), (1001, now(), '')`);
  await json(['run', 'audit-archive']);
});
afterAll(async () => {
  clients?.destroyAll();
  up?.child.kill('SIGINT');
  await up?.ended;
  await cli?.remove();
});

function hostileConfig(): string {
  const policy = { table: hostile, ageColumn: 'at', olderThan: '30 days', to: { kind: 's3' } };
  return `import base from ${JSON.stringify(pathToFileURL(configFile).href)};
    const { menotime } = base.stages.demo.databases;
    const policies = [...menotime.auditArchive.policies, ${JSON.stringify(policy)}];
    const databases = { menotime: { ...menotime, auditArchive: { ...menotime.auditArchive, policies } } };
    export default { stages: { demo: { ...base.stages.demo, databases } } };`;
}

async function asJob(sql: string): Promise<unknown[]> {
  const url = /psql '([^']+)'/.exec(up.said.stdout)?.[1] ?? '';
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const run = (words: readonly string[]) => cli.run(words, { environment });

async function json(words: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run([...words, '--json']);
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

const query = (sql: string, ...more: string[]) => json(['archive', 'query', sql, ...more]);

test('an archive in order: verify ends with 0, quickly and in full', async () => {
  const [full, quick] = await Promise.all([
    json(['archive', 'verify']),
    json(['archive', 'verify', '--quick']),
  ]);
  expect(full).toMatchObject({ quick: false, faults: [], notes: [], manifests: 1 });
  expect(quick).toMatchObject({ ...(full as object), quick: true });
});

test('stats tell rows, bytes and days behind of each policy', async () => {
  const stats = (await json(['archive', 'stats'])) as { policy: string }[];
  expect(stats.map(({ policy }) => policy)).toEqual([
    hostile,
    'public.audit_log',
    'public.reports',
    'public.scenario_logs',
    'public.scenario_metrics',
  ]);
  expect(stats[0]).toMatchObject({
    destination: 's3',
    rows: 100,
    bytes: expect.any(Number),
    lastStatus: 'completed',
    daysBehind: 0,
    catchUp: { kind: 'caught up' },
  });
  const { code, stdout } = await run(['archive', 'stats']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/public\.scenario_logs .*in public\.scenario_logs_archive .*yes/);
});

test('archived rows, live rows and both, each row once; a period cuts all of them', async () => {
  const named = (suffix: string) => hostile.replace(/"$/, `${suffix}"`);
  const [counts, january, unqualified] = await Promise.all([
    query(`SELECT (SELECT count(*)::int FROM ${hostile}) AS archived, (SELECT count(*)::int FROM ${named('_live')}) AS live,
                  (SELECT count(DISTINCT id)::int FROM ${named('_all')}) AS "all"`),
    query(
      `SELECT count(*)::int AS n, min("at") AS first FROM ${named('_all')}`,
      '--from',
      '2024-01-10',
      '--to',
      '2024-02-01',
    ),
    query('SELECT count(*)::int AS n, count(DISTINCT id)::int AS ids FROM audit_log_all'),
  ]);
  expect(counts).toEqual([{ archived: 100, live: 2, all: 102 }]);
  expect(january).toEqual([{ n: 22, first: '2024-01-10 00:00:00+00' }]);
  expect(unqualified).toEqual([{ n: 4000, ids: 4000 }]);
});

test('what is archived into tables is found as well, and days beside rows are not', async () => {
  const counts = await query(`SELECT (SELECT count(*)::int FROM scenario_logs_all) AS logs,
    (SELECT sum(samples)::int FROM scenario_metrics_all) AS metrics, (SELECT count(*)::int FROM scenario_metrics_live) AS live`);
  const rows = await asJob(`SELECT (SELECT count(*)::int FROM v_scenario_logs_all) AS logs,
    (SELECT sum(samples)::int FROM v_scenario_metrics_all) AS metrics, (SELECT count(*)::int FROM scenario_metrics) AS live`);
  expect(counts).toEqual(rows);
});

test('CSV quotes what must be quoted, and tells NULL from an empty text', async () => {
  const named = hostile.replace(/"$/, '_all"');
  const sql = `SELECT id, "said ""so""" FROM ${named} WHERE id = 1 OR id >= 1000 ORDER BY id`;
  const { code, stdout } = await run(['archive', 'query', sql, '--csv']);
  expect(code).toBe(0);
  expect(stdout).toBe('id,"said ""so"""\r\n1,"a,""b""\n1"\r\n1000,\r\n1001,""\r\n');
});

test('a query reads nothing else of this machine, and leaves nothing behind', async () => {
  const [file, unknown, column] = await Promise.all([
    run(['archive', 'query', `SELECT * FROM read_text('${cli.folder}/archive.config.ts'), audit_log`]),
    run(['archive', 'query', 'SELECT * FROM patients']),
    run(['archive', 'query', 'SELECT colour FROM reports']),
  ]);
  expect([file.code, unknown.code, column.code]).toEqual([2, 2, 2]);
  expect(file.stderr).toMatch(/Cannot access file/);
  expect(unknown.stderr).toMatch(/names no table of the archive\.[\s\S]*public\.audit_log/);
  expect(column.stderr).toMatch(/"colour" not found/);
  expect((await readdir(cli.folder)).filter((name) => name.startsWith('nightshift-archive-'))).toEqual([]);
});

test('rehydrate: first what it would do, then the rows, then nothing more', async () => {
  const words = ['archive', 'rehydrate', '--table', hostile, '--from', '2024-01-10', '--to', '2024-02-01'];
  const into = `public."Order ""Line"" /ü.x_rehydrated"`;
  expect(await json([...words, '--dry-run'])).toMatchObject({ dryRun: true, into, creates: true });
  expect(await asJob(`SELECT to_regclass('${into}') AS made`)).toEqual([{ made: null }]);
  expect(await json(words)).toMatchObject({ dryRun: false, into, rows: 22 });
  expect(await json(words)).toMatchObject({ rows: 0, creates: false });
  const [{ same } = {}] = (await asJob(`SELECT count(*)::int AS same FROM ${into}
    WHERE "said ""so""" = E'a,"b"\\n' || id AND at = '2024-01-01Z'::timestamptz + id * interval '1 day'`)) as {
    same: number;
  }[];
  expect(same).toBe(22);
  const refused = await run(['archive', 'rehydrate', '--table', hostile, '--into', hostile]);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/stand in the archive twice/);
});

test('athena-ddl prints one statement', async () => {
  const { code, stdout } = await run(['archive', 'athena-ddl', '--table', 'public.audit_log']);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /CREATE EXTERNAL TABLE `audit_log` \(\n {2}`id` int COMMENT 'integer',[\s\S]*`timestamp` timestamp/,
  );
  const none = await run(['archive', 'athena-ddl', '--table', 'public.scenario_logs']);
  expect(none).toMatchObject({ code: 1, stdout: '' });
  expect(none.stderr).toMatch(/names no file of public\.scenario_logs/);
});

test('a file that is gone: verify names it and ends with 1, and a query does not go without it', async () => {
  const [batch] = (await asJob(
    `SELECT bucket AS "Bucket", object_key AS "Key" FROM nightshift.archive_batches WHERE policy = '${hostile}' LIMIT 1`,
  )) as { Bucket: string; Key: string }[];
  await clients.s3.send(new DeleteObjectCommand({ Bucket: batch?.Bucket, Key: batch?.Key }));
  const [verify, asked] = await Promise.all([
    run(['archive', 'verify', '--quick']),
    run(['archive', 'query', `SELECT count(*) FROM ${hostile}`]),
  ]);
  expect([verify.code, asked.code]).toEqual([1, 1]);
  expect(verify.stdout).toContain(`missing file  s3://${batch?.Bucket}/${batch?.Key}`);
  expect(verify.stderr).toMatch(/1 fault in the archive of menotime.*runbooks/);
  expect(asked.stderr).toMatch(/Fetching s3:.*NoSuchKey/);
});
