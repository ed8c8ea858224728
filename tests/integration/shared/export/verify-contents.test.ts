import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { withScan } from '../../../../cli/verify-contents.ts';
import { startStack } from '../../../../infra/local/stack.ts';
import type { ManifestFile } from '../../../../shared/export/export-manifest.ts';
import { readStoredChecksum } from '../../../../shared/export/stored-checksum.ts';
import { verifyExportContents } from '../../../../shared/export/verify-contents.ts';
import { damagedObjects, flipped } from '../../../support/damaged-objects.ts';
import { manifestOf } from '../../../support/export-manifest.ts';
import { localClients } from '../../../support/local-clients.ts';

let stack: Awaited<ReturnType<typeof startStack>>;
let clients: ReturnType<typeof localClients>;
let objects: ReturnType<typeof damagedObjects>;
let files: ManifestFile[];

const bytesOf = (from: number) => {
  const ids = Array.from({ length: 1_000 }, (_, at) => from + at);
  const notes = ids.map((id) => `note ${createHash('md5').update(String(id)).digest('hex')}`);
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: ids, type: 'INT32' },
        { name: 'note', data: notes, type: 'STRING' },
      ],
    }),
  );
};
const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('base64')}`;
const keyOf = (name: string) => `exports/e/shop/public.patients/1/${name}.parquet`;

/** One file for each way in which a checksum may have been recorded. */
beforeAll(async () => {
  stack = await startStack({ buckets: [{ name: 'shop-backups', region: 'us-west-1' }] });
  clients = localClients({ endpoint: stack.endpoint });
  objects = damagedObjects(clients.s3, 'shop-backups');
  files = [];
  for (const [at, name] of ['hash', 'stored', 'none'].entries()) {
    const bytes = bytesOf(at * 1_000);
    const key = keyOf(name);
    await clients.s3.send(new PutObjectCommand({ Bucket: 'shop-backups', Key: key, Body: bytes }));
    const stored = await readStoredChecksum(clients.s3, { bucket: 'shop-backups', key });
    const checksum = name === 'hash' ? sha256(bytes) : name === 'stored' ? stored : null;
    files.push({ key, bytes: bytes.length, rows: 1_000, checksum });
  }
}, 60_000);
afterAll(async () => {
  clients?.destroyAll();
  await stack?.stop();
});

const verify = (manifest = manifestOf(files)) =>
  withScan((options) => verifyExportContents({ s3: clients.s3, bucket: 'shop-backups' }, manifest, options));

test('a whole export passes: every byte hashed, every value decoded', async () => {
  const told: number[] = [];
  const findings = await withScan((options) =>
    verifyExportContents({ s3: clients.s3, bucket: 'shop-backups' }, manifestOf(files), {
      ...options,
      onProgress: (done) => told.push(done.files),
    }),
  );
  expect(findings).toMatchObject([
    {
      status: 'pass',
      fact: expect.stringMatching(
        /All 3 files of e .* 3000 rows\. The bytes of 2 have the recorded checksum/,
      ),
    },
  ]);
  expect(told).toEqual([1, 2, 3]);
});

test('nothing stays in the folder', async () => {
  await withScan(async (options) => {
    await verifyExportContents({ s3: clients.s3, bucket: 'shop-backups' }, manifestOf(files), options);
    expect(await readdir(options.folder)).toEqual([]);
  });
});

describe('each damage is named', () => {
  test.each(['hash', 'stored'])('a flipped byte, where the checksum is recorded as a %s', async (name) => {
    const findings = await objects.during(keyOf(name), flipped, () => verify());
    expect(findings).toContainEqual(
      expect.objectContaining({
        status: 'fail',
        fact: expect.stringMatching(`other bytes than were exported: ${keyOf(name)}`),
      }),
    );
  });

  test('a truncated file, also where no checksum was recorded', async () => {
    const findings = await objects.during(keyOf('none'), (bytes) => bytes.subarray(0, 500), verifyNow);
    expect(findings.map(({ fact }) => fact)).toEqual([
      expect.stringMatching(`other bytes than were exported: ${keyOf('none')}`),
      expect.stringMatching(`cannot be decoded: ${keyOf('none')} `),
    ]);
  });

  test('a missing file; the others are read nonetheless', async () => {
    const [, second] = files;
    const changed = files.map((file) => (file === second ? { ...file, rows: 7 } : file));
    const findings = await objects.during(
      keyOf('hash'),
      () => null,
      () => verify(manifestOf(changed)),
    );
    expect(findings.map(({ fact }) => fact)).toEqual([
      expect.stringMatching(`are missing: ${keyOf('hash')}`),
      expect.stringMatching(`other rows than the manifest says: ${keyOf('stored')} \\(1000 instead of 7\\)`),
    ]);
  });
});

const verifyNow = () => verify();

test('what cannot be decoded is told without a value of any row', async () => {
  const columnData = [{ name: 'note', data: ['Jane Roe has measles'], type: 'STRING' as const }];
  const bytes = Buffer.from(parquetWriteBuffer({ columnData, codec: 'UNCOMPRESSED', statistics: false }));
  bytes[bytes.indexOf('Jane')] = 0xff;
  const key = keyOf('none');
  const file = { key, bytes: bytes.length, rows: 1, checksum: null };
  const findings = await objects.during(
    key,
    () => bytes,
    () => verify(manifestOf([file])),
  );
  expect(findings).toMatchObject([{ status: 'fail', fact: expect.stringContaining('cannot be decoded') }]);
  expect(JSON.stringify(findings)).not.toMatch(/measles/);
});

test('an export without a file is no proof of anything', async () => {
  expect(await verify(manifestOf([]))).toMatchObject([
    { status: 'no baseline', fact: expect.stringContaining('holds no file') },
  ]);
});
