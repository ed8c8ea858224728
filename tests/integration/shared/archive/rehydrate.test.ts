import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type LoadedFile, rehydrate } from '../../../../shared/archive/rehydrate.ts';
import { planRehydration, type RehydrationPlan } from '../../../../shared/archive/rehydration-plan.ts';
import { type ArchiveBench, BUCKET, openArchiveBench } from '../../../support/archive-bench.ts';
import { archiveNow } from '../../../support/archived-bench.ts';

const name = 'Order "Line" /ü.x';
const table = `public."Order ""Line"" /ü.x"`;
const policy = { table, ageColumn: 'at, "when"', batchRows: 300 };

let bench: ArchiveBench;
let folder: string;
beforeAll(async () => {
  bench = await openArchiveBench();
  folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  await bench.client.query(`CREATE TYPE public."Mood's" AS ENUM ('fine', 'so "so"')`);
});
afterAll(async () => {
  await bench?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** 1,000 rows of January and February 2024 in four files; a copy of them stays in `kept`. */
beforeEach(async () => {
  await bench.emptyBucket();
  await bench.client.query(/* sql */ `
    DROP TABLE IF EXISTS ${table}, public.kept, public.back;
    TRUNCATE nightshift.archive_batches, nightshift.archive_policies, nightshift.archive_rehydrations;
    CREATE TABLE ${table} (
      id int PRIMARY KEY, "at, ""when""" timestamp NOT NULL, body json, "no\\te" text, price numeric, mood public."Mood's",
      tags text[], raw bytea, twice int GENERATED ALWAYS AS (id * 2) STORED);
    CREATE INDEX ON ${table} ("at, ""when""");
    INSERT INTO ${table} (id, "at, ""when""", body, "no\\te", price, mood, tags, raw)
      SELECT n, '2024-01-01'::timestamp + n * interval '1 hour', json_build_object('n', n),
             CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN E'\\\\N\\t\\n\\\\.' WHEN 2 THEN '' ELSE 'ü' END, n / 7.0,
             CASE WHEN n % 2 = 0 THEN 'fine' ELSE 'so "so"' END::public."Mood's", ARRAY['a,b', NULL, n::text], decode('00ff', 'hex')
        FROM generate_series(1, 1000) n;
    CREATE TABLE public.kept AS TABLE ${table};
    INSERT INTO nightshift.archive_policies (policy, age_column, older_than_days, destination, settings, seen_in_slot)
    VALUES ('${table}', 'at, "when"', 1, 's3', '{}', 'x')`);
  await archiveNow(bench, policy);
});

const back = { schema: 'public', name: 'back' };
const source = { schema: 'public', name };

async function plan(changes: object = {}): Promise<RehydrationPlan> {
  const { s3, connect } = bench;
  return planRehydration({ s3, connect, table: source, into: back, ...changes });
}

async function load(changes: object = {}): Promise<LoadedFile[]> {
  const { s3, connect } = bench;
  return rehydrate({ s3, connect, table: source, into: back, folder, ...changes }, await plan(changes));
}

const sum = (files: readonly LoadedFile[]) => files.reduce((total, { rows }) => total + rows, 0);

async function ask(sql: string): Promise<unknown> {
  const { rows } = await bench.client.query({ text: sql, rowMode: 'array' });
  return (rows as unknown[][])[0]?.[0];
}

/** Rows of either side that the other lacks, by their text. */
const differing = `SELECT count(*)::int FROM (SELECT md5(k::text) FROM public.kept k) a (h)
  FULL JOIN (SELECT md5(b::text) FROM public.back b) b (h) USING (h) WHERE a.h IS NULL OR b.h IS NULL`;

test('rows come back identical, into a table that is made for them, and the folder is left empty', async () => {
  expect((await plan()).creates).toBe(true);
  expect(sum(await load())).toBe(1000);
  expect(await ask('SELECT count(*)::int FROM public.back')).toBe(1000);
  expect(await ask(differing)).toBe(0);
  expect(
    await ask(`SELECT format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = 'public.back'::regclass AND attname = 'mood'`),
  ).toBe(`"Mood's"`);
  expect(await readdir(folder)).toEqual([]);
});

test('a second run loads nothing; a longer period loads the rest, and each row once', async () => {
  const first = await load({ from: '2024-01-05T00:00:00Z', to: '2024-01-20T00:00:00Z' });
  expect(sum(first)).toBe(15 * 24);
  const again = await load({ from: '2024-01-05T00:00:00Z', to: '2024-01-20T00:00:00Z' });
  expect([sum(again), again.every(({ loadedBefore }) => loadedBefore)]).toEqual([0, true]);
  expect(sum(await load())).toBe(1000 - 15 * 24);
  expect(sum(await load())).toBe(0);
  expect(await ask(differing)).toBe(0);
  expect(await ask('SELECT count(*)::int FROM public.back')).toBe(1000);
});

test('a target that was dropped and made anew is loaded again', async () => {
  await load();
  await bench.client.query('DROP TABLE public.back');
  expect(sum(await load())).toBe(1000);
});

test('two at once into one table: each row is loaded once', async () => {
  await bench.client.query('CREATE TABLE public.back (LIKE public.kept)');
  const both = await Promise.all([load(), load({ folder: await mkdtemp(join(folder, 'b-')) })]);
  expect(both.map(sum).reduce((a, b) => a + b)).toBe(1000);
  expect(await ask('SELECT count(*)::int FROM public.back')).toBe(1000);
  for (const left of await readdir(folder)) await rm(join(folder, left), { recursive: true });
});

test('a column that the target computes is left out, and told', async () => {
  await bench.client.query(`CREATE TABLE public.back (LIKE ${table} INCLUDING GENERATED)`);
  expect((await plan()).columns.generated).toEqual(['twice']);
  await load();
  expect(await ask(differing)).toBe(0);
});

test('columns that were omitted or hashed are told; hashes come back as text', async () => {
  await bench.client.query(`INSERT INTO ${table} (id, "at, ""when""", price) VALUES (2000, '2024-03-01', 7)`);
  await archiveNow(bench, { ...policy, omit: ['body'], hash: ['price'] });
  const { columns } = await plan();
  expect(columns).toMatchObject({ omitted: [{ name: 'body', files: 1 }], hashed: ['price'] });
  await load();
  expect(await ask('SELECT price FROM public.back WHERE id = 2000')).toBe(
    '7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451',
  );
});

test('a source that is gone comes back from what the files say of their columns', async () => {
  await bench.client.query(`DROP TABLE ${table}`);
  await load();
  expect(await ask(differing)).toBe(0);
});

test.each([
  ['the table itself', { into: source }, /stand in the archive twice/],
  ['a period without files', { from: '2030-01-01T00:00:00Z' }, /names no file of .* for this period/],
  [
    'a table without a policy',
    { table: { schema: 'public', name: 'none' } },
    /knows no policy for public\.none/,
  ],
])('%s: refused, and nothing is made', async (_what, changes, reason) => {
  await expect(plan(changes)).rejects.toThrow(reason);
  expect(await ask(`SELECT to_regclass('public.back')`)).toBeNull();
});

test('a target that lacks a column, or has no room for hashes: refused with each of them', async () => {
  await bench.client.query(
    'CREATE TABLE public.back (LIKE public.kept); ALTER TABLE public.back DROP raw, DROP tags',
  );
  await expect(plan()).rejects.toThrow(/it has no column tags; it has no column raw/);
});

test('a key that is there already: nothing of that file is loaded, and the others stay', async () => {
  await bench.client.query(
    'CREATE TABLE public.back (LIKE public.kept, PRIMARY KEY (id)); INSERT INTO public.back SELECT * FROM public.kept WHERE id = 450',
  );
  await expect(load()).rejects.toThrow(
    /have keys that are in the table already: nothing of this file was loaded/,
  );
  expect(await ask('SELECT count(*)::int FROM public.back')).toBe(301);
  await bench.client.query('DELETE FROM public.back WHERE id = 450');
  expect(sum(await load())).toBe(700);
});

test('a trigger that keeps rows out: told, and nothing of that file is loaded', async () => {
  await bench.client.query(/* sql */ `
    CREATE TABLE public.back (LIKE public.kept);
    CREATE OR REPLACE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER refuse BEFORE INSERT ON public.back FOR EACH ROW WHEN (NEW.id = 7) EXECUTE FUNCTION public.refuse()`);
  await expect(load()).rejects.toThrow(/holds 300 rows, and public\.back took 299/);
  expect(await ask('SELECT count(*)::int FROM public.back')).toBe(0);
});

test('a file that is not the one of the ledger is not loaded', async () => {
  const planned = await plan();
  const Key = planned.files[1]?.key;
  await bench.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'something else' }));
  const { s3, connect } = bench;
  const loading = rehydrate({ s3, connect, table: source, into: back, folder }, planned);
  await expect(loading).rejects.toThrow(/is not the file that the ledger names: its SHA-256 differs/);
  expect(await ask('SELECT count(*)::int FROM public.back')).toBe(300);
  for (const left of await readdir(folder)) await rm(join(folder, left));
});

test('a ledger that does not know of rehydration: told what to apply', async () => {
  await bench.client.query('ALTER TABLE nightshift.archive_rehydrations RENAME TO hidden');
  await expect(plan()).rejects.toThrow(/Apply infra\/sql\/040_archive_rehydrations\.up\.sql/);
  await bench.client.query('ALTER TABLE nightshift.hidden RENAME TO archive_rehydrations');
});
