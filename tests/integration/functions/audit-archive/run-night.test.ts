import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import type { Manifest } from '../../../../shared/job/manifest-chain.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { listKeys, readObject } from '../../../support/made.ts';

const execute = promisify(execFile);

const policy = (table: string, more: object = {}) => ({
  table: `public.${table}`,
  ageColumn: 'at',
  olderThan: '365 days',
  to: { kind: 's3' as const },
  ...more,
});

const policies = [
  policy('good'),
  policy('gone'),
  policy('guarded'),
  policy('broken', { passedTriggers: ['break'] }),
  policy('large'),
  policy('moved', { to: { kind: 'table' as const } }),
];

const createTables = /* sql */ `
  CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''never % of a patient'', OLD.id; END';
  CREATE TABLE good (id int PRIMARY KEY, at timestamp NOT NULL); CREATE INDEX ON good (at);
  CREATE TABLE guarded (LIKE good INCLUDING ALL);
  CREATE TRIGGER guard BEFORE DELETE ON guarded FOR EACH ROW EXECUTE FUNCTION raise();
  CREATE TABLE broken (LIKE good INCLUDING ALL);
  CREATE TRIGGER break BEFORE DELETE ON broken FOR EACH ROW WHEN (OLD.id = 500) EXECUTE FUNCTION raise();
  CREATE TABLE moved (LIKE good INCLUDING ALL);
  CREATE TABLE large (LIKE good INCLUDING ALL); ALTER TABLE large ADD body text;
  GRANT SELECT, DELETE ON good, guarded, broken, large, moved TO nightshift;
  GRANT CREATE ON SCHEMA public TO nightshift;
  INSERT INTO good SELECT n, date_trunc('day', now()) - n * interval '1 day' - interval '12 hours' FROM generate_series(1, 1000) n;
  INSERT INTO guarded TABLE good; INSERT INTO broken TABLE good; INSERT INTO moved TABLE good;
  INSERT INTO large SELECT *, repeat('of a patient', CASE WHEN id = 777 THEN 2500000 ELSE 1 END) FROM good`;

const scheduled = (night: string) => ({
  trigger: 'schedule',
  database: 'menotime',
  scheduledTime: `${night}T04:00:00Z`,
});

describe('a night of the archive', () => {
  let stage: JobStage;
  let client: Client;
  beforeAll(async () => {
    stage = await startJobStage({ archiving: { policies: policies as never } });
    client = new Client({ ...stage.databases[0]?.instance.adminConnection, database: 'menotime_demo' });
    await client.connect();
    await client.query(createTables);
  });
  afterAll(async () => {
    await client?.end();
    await stage?.stop();
  });

  async function old(table: string): Promise<number> {
    const { rows } = await client.query(
      `SELECT count(*)::int AS old FROM ${table} WHERE at < date_trunc('day', now()) - interval '365 days'`,
    );
    return rows[0].old;
  }

  const night = '2026-11-21';
  const run = () => stage.archive(scheduled(night)).catch((error: Error) => error);

  test('tables that are refused or fail are told with what to do, the others are archived, and the run fails', async () => {
    const error = await run();
    expect(error).toBeInstanceOf(Error);
    const { message } = error as Error;
    expect(message).toMatch(/4 of 6 tables could not be archived/);
    expect(message).toMatch(/public\.gone is refused: there is no table public\.gone/);
    expect(message).toMatch(/public\.guarded is refused: .*guard/);
    expect(message).toMatch(/public\.broken failed: .*P0001/);
    expect(message).toMatch(
      /public\.large failed: public\.large: 1 row of it is larger than 24 MB.*By id they are found/,
    );
    expect(message).not.toContain('777');
    const [, finding = ''] = /the largest first: (SELECT [^;]+;)/.exec(message) ?? [];
    expect((await client.query(finding)).rows).toEqual([{ id: 777 }]);
    // What a function raises may quote a row.
    expect(message).not.toContain('of a patient');
    expect(await old('good')).toBe(0);
    expect(await old('large')).toBe(1);
    expect(await old('moved')).toBe(0);
    expect(await old('guarded')).toBe(636);
    expect(await old('broken')).toBeGreaterThan(0);
  });

  test('the database itself shows what became of each table', async () => {
    const { rows } = await client.query(
      'SELECT job, status, records_archived::int AS rows FROM nightshift.archive_jobs ORDER BY job',
    );
    expect(rows).toEqual([
      { job: 'public.broken', status: 'failed', rows: expect.any(Number) },
      { job: 'public.gone', status: 'refused', rows: 0 },
      { job: 'public.good', status: 'completed', rows: 636 },
      { job: 'public.guarded', status: 'refused', rows: 0 },
      { job: 'public.large', status: 'failed', rows: 635 },
      { job: 'public.moved', status: 'completed', rows: 636 },
    ]);
  });

  test('mended, and started again: the same slot goes on, and its batches stand in the chain once', async () => {
    await client.query(
      "UPDATE large SET body = 'short'; DROP TRIGGER break ON broken; DROP TRIGGER guard ON guarded; CREATE TABLE gone (LIKE good INCLUDING ALL); GRANT SELECT, DELETE ON gone TO nightshift",
    );
    expect(await run()).toMatchObject({ kind: 'done', before: false, record: { status: 'succeeded' } });
    expect(await run()).toMatchObject({ kind: 'done', before: true });
    const keys = await listKeys(
      stage.clients.s3,
      stage.names.backupBucket,
      'manifests/audit-archive/menotime/',
    );
    const chain: Manifest<{ batches: { id: string; key: string | null }[] }>[] = [];
    for (const key of keys) chain.push(JSON.parse(await readObject(stage, key)));
    expect(chain.map(({ slot, sequence }) => [slot, sequence])).toEqual([
      [night, 1],
      [`${night}.2`, 2],
    ]);
    const named = chain.flatMap(({ body }) => body.batches.map(({ id }) => id));
    const { rows } = await client.query('SELECT id::text FROM nightshift.archive_batches');
    expect(named.toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
    const files = await listKeys(stage.clients.s3, stage.names.backupBucket, 'archive/');
    expect(files.toSorted()).toEqual(
      chain.flatMap(({ body }) => body.batches.flatMap(({ key }) => key ?? [])).toSorted(),
    );
  });

  test('a dry run tells what would move, and changes nothing', async () => {
    await client.query(
      "INSERT INTO good SELECT n, now() - random() * interval '10 hours' - interval '400 days' FROM generate_series(2001, 5000) n",
    );
    const before = stage.stack.gateway.calls.length;
    const result = await stage.archive({ database: 'menotime', dryRun: true });
    expect(result).toMatchObject({ kind: 'planned', report: { kind: 'plan' } });
    const report = result.kind === 'planned' ? result.report : undefined;
    const good =
      report?.kind === 'plan' ? report.tables.find(({ table }) => table === 'public.good') : undefined;
    expect(good?.work).toMatchObject({ rows: 3_000, counted: true });
    const actions = new Set(stage.stack.gateway.calls.slice(before).map(({ action }) => action));
    expect([...actions].filter((action) => !/^(Describe|Get|List|Head)/.test(action))).toEqual([]);
    expect(await old('good')).toBe(3_000);
  });

  test('a full disk where the file is read back: told, nothing lost, and the next run goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nightshift-full-'));
    try {
      await execute('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', folder]);
    } catch (error) {
      process.stderr.write(`not shown here, as no small disk can be mounted: ${(error as Error).message}\n`);
      await rm(folder, { recursive: true });
      return;
    }
    try {
      const environment = { ...stage.environment, TMPDIR: folder };
      await expect(
        stage.archive({ database: 'menotime', label: 'full-disk' }, { environment }),
      ).rejects.toThrow(/ENOSPC/);
      expect(await old('good')).toBe(3_000);
    } finally {
      await execute('umount', [folder]);
      await rm(folder, { recursive: true });
    }
    await stage.archive({ database: 'menotime', label: 'room-again' });
    expect(await old('good')).toBe(0);
  });
});
