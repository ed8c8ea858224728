import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { verifyArchive } from '../../../../shared/archive/verify-archive.ts';
import { type ArchiveBench, BUCKET, openArchiveBench, RESOURCE } from '../../../support/archive-bench.ts';
import { archiveNow, nameBatches } from '../../../support/archived-bench.ts';

const table = `public."Order ""Line"" /ü.x"`;
const policy = { table, ageColumn: 'at', batchRows: 300 };

let bench: ArchiveBench;
beforeAll(async () => {
  bench = await openArchiveBench();
});
afterAll(() => bench?.stop());

/** Four batches in the first manifest, two in the second. */
beforeEach(async () => {
  await bench.emptyBucket();
  await bench.client.query(/* sql */ `
    DROP TABLE IF EXISTS ${table};
    TRUNCATE nightshift.archive_batches, nightshift.archive_runs RESTART IDENTITY;
    CREATE TABLE ${table} (id int PRIMARY KEY, at timestamp NOT NULL, body json);
    CREATE INDEX ON ${table} (at);
    INSERT INTO ${table} SELECT n, '2024-01-01'::timestamp + n * interval '1 hour', json_build_object('n', n)
      FROM generate_series(1, 1000) n`);
  await archiveNow(bench, policy);
  await nameBatches(bench, '2026-01-02');
  await bench.client.query(
    `INSERT INTO ${table} VALUES (5000, '2024-01-01', '{}'), (5001, '2024-03-01', '{}')`,
  );
  await archiveNow(bench, policy);
  await nameBatches(bench, '2026-01-03');
});

function verify(quick = false) {
  const { s3, connect } = bench;
  return verifyArchive({
    s3,
    connect,
    bucket: BUCKET,
    database: 'bench',
    prefix: 'archive/',
    resourceId: RESOURCE,
    quick,
  });
}

async function faults(quick = false): Promise<string[]> {
  const { faults } = await verify(quick);
  return faults.map(({ kind, what, detail }) => `${kind}: ${what}: ${detail}`);
}

async function fileOf(id: number): Promise<string> {
  const { rows } = await bench.client.query(
    'SELECT object_key AS key FROM nightshift.archive_batches WHERE id = $1',
    [id],
  );
  return rows[0].key as string;
}

const put = (Key: string, Body: string | Uint8Array) =>
  bench.s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
const remove = (Key: string) => bench.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));

async function bytesOf(Key: string): Promise<Uint8Array> {
  const { Body } = await bench.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  return (await Body?.transformToByteArray()) ?? new Uint8Array();
}

const link = (sequence: number) => `manifests/audit-archive/bench/0000000${sequence}.json`;

test.each([false, true])('an archive in order has no fault (quick: %s)', async (quick) => {
  expect(await verify(quick)).toMatchObject({
    batches: 6,
    files: 6,
    rowsInFiles: 1002,
    manifests: 2,
    newestManifest: { sequence: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    faults: [],
    notes: [],
  });
});

test('files that are missing, changed in their length, or in one byte, are named each', async () => {
  const [missing, longer, flipped] = [await fileOf(1), await fileOf(2), await fileOf(3)];
  const bytes = await bytesOf(flipped);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  await Promise.all([remove(missing), put(longer, 'something else'), put(flipped, bytes)]);
  const slow = await faults();
  expect(slow).toHaveLength(3);
  expect(slow[0]).toBe(`missing file: s3://${BUCKET}/${missing}: batch 1 of ${table}, 300 rows`);
  expect(slow[1]).toMatch(/^changed file: .*: /);
  expect(slow[2]).toContain(`changed file: s3://${BUCKET}/${flipped}`);
  // Asked for their heads alone, files of the same length look alike.
  expect((await faults(true)).map((fault) => fault.split(':')[0])).toEqual(['missing file', 'changed file']);
});

test('a file that the bucket does not give is a fault, and the others are looked at', async () => {
  bench.gateway.faults.order({ effect: { kind: 'deny' }, service: 's3', action: 'HeadObject', times: 1 });
  const found = await faults(true);
  bench.gateway.faults.clear();
  expect(found).toEqual([expect.stringMatching(/^unread file: s3:.*parquet: \S/)]);
});

test('what lies below the prefix without a ledger row is extra; an aborted batch leaves a note', async () => {
  const { rows } = await bench.client
    .query('BEGIN; SELECT pg_current_xact_id()::text AS id; ROLLBACK')
    .then((results) => (results as unknown as { rows: { id: string }[] }[])[1] ?? { rows: [] });
  const folder = (await fileOf(1)).replace(/[^/]+$/, '');
  await Promise.all([
    put(`${folder}by-hand.parquet`, 'x'),
    put(`${folder}db-CLONE-7-a1.parquet`, 'x'),
    put(`${folder}${RESOURCE}-${rows[0]?.id}-a1.parquet`, 'x'),
  ]);
  const { faults: found, notes } = await verify(true);
  expect(found.map(({ kind, what }) => [kind, what.replace(/.*\//, '')])).toEqual([
    ['extra file', 'by-hand.parquet'],
    ['extra file', 'db-CLONE-7-a1.parquet'],
  ]);
  expect(notes).toEqual([expect.stringMatching(/rolled back: the next run sweeps it$/)]);
});

test('a ledger row with other numbers than its manifest, and one that is gone, are named', async () => {
  await bench.client.query(/* sql */ `
    UPDATE nightshift.archive_batches SET rows = 299, content_hash = 'ab' WHERE id = 1;
    UPDATE nightshift.archive_batches SET manifest_sequence = 2 WHERE id = 2;
    DELETE FROM nightshift.archive_batches WHERE id = 4`);
  const found = await faults(true);
  expect(found).toHaveLength(4);
  expect(found.join('\n')).toMatch(/extra file: /);
  expect(found.join('\n')).toMatch(
    /batch that differs from its manifest: batch 1 of .*: the ledger has rows 299 instead of 300, contentHash ab instead of [0-9a-f]{32} in manifests\/audit-archive\/bench\/00000001\.json/,
  );
  expect(found.join('\n')).toMatch(
    /batch that no manifest names: batch 2 of .*: the ledger says that manifest number 2 names it, and number 1 does/,
  );
  expect(found.join('\n')).toMatch(/batch that the ledger lost: batch 4: /);
});

test('a batch that no manifest names: a fault when its run has ended, a note while it runs', async () => {
  await bench.client.query(`INSERT INTO ${table} VALUES (6000, '2024-01-01', '{}')`);
  await archiveNow(bench, policy);
  expect(await faults(true)).toEqual([
    expect.stringMatching(
      /^batch that no manifest names: batch 7 of .*the next run of audit-archive names it$/,
    ),
  ]);
  await bench.client.query(
    `INSERT INTO nightshift.archive_runs (slot, policy, status) VALUES ('2026-01-02', 'any', 'running')`,
  );
  const { faults: found, notes } = await verify(true);
  expect(found).toEqual([]);
  expect(notes).toEqual([expect.stringMatching(/^batch 7 of .* when the run of 2026-01-02 ends$/)]);
});

test('a manifest that was changed breaks the chain behind it', async () => {
  const text = Buffer.from(await bytesOf(link(1))).toString();
  await put(link(1), text.replace('"rows": 300', '"rows": 301'));
  const found = await faults(true);
  expect(found).toEqual([
    expect.stringMatching(/^batch that differs from its manifest: batch 1 .*rows 300 instead of 301/),
    expect.stringMatching(/^broken chain: .*00000002\.json: it carries sha256 .* that one was changed$/),
  ]);
});

test('a link that is gone from the beginning, or cut off from the end, is missed', async () => {
  const first = await bytesOf(link(1));
  await remove(link(1));
  expect((await faults(true)).join('\n')).toMatch(
    /broken chain: .*00000002\.json: it is number 2, and number 1 comes here: links are missing/,
  );
  await put(link(1), first);
  await remove(link(2));
  expect((await faults(true)).join('\n')).toMatch(
    /broken chain: manifest number 2: the ledger knows of it, and the chain ends with number 1/,
  );
});

test.each(['{', 'null', '{}', '{"sequence":1,"body":{"batches":7}}'])(
  'a manifest that holds %s is told, and ends nothing',
  async (text) => {
    await put(link(1), text);
    expect((await faults(true)).join('\n')).toMatch(
      /broken chain: manifests\/audit-archive\/bench\/00000001\.json/,
    );
  },
);
