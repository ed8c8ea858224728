import type { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { exportCopyText } from '../../../../shared/export/export-copy-text.ts';
import { judgeFooters } from '../../../../shared/export/judge-footers.ts';
import { thawFiles } from '../../../../shared/export/thaw.ts';
import { manifestOf } from '../../../support/export-manifest.ts';
import { GlacierS3 } from '../../../support/glacier-s3.ts';

let glacier: GlacierS3;
let s3: S3Client;
let slept: number[];

beforeEach(async () => {
  glacier = new GlacierS3(2);
  s3 = await glacier.start();
  slept = [];
});
afterEach(() => glacier.stop());

const thaw = (keys: readonly string[], onProgress?: (thawed: number, of: number) => void) =>
  thawFiles(
    {
      s3,
      bucket: 'b',
      tier: 'Bulk',
      days: 3,
      lookEverySeconds: 60,
      sleep: async (seconds) => void slept.push(seconds),
      ...(onProgress ? { onProgress } : {}),
    },
    keys,
  );

test('asks for each frozen file once, with tier and days, and waits until every copy is there', async () => {
  glacier.objects.set('one', { storageClass: 'GLACIER' });
  glacier.objects.set('two', { storageClass: 'DEEP_ARCHIVE' });
  glacier.objects.set('warm', { storageClass: 'STANDARD' });
  const told: string[] = [];
  await thaw(['one', 'two', 'warm'], (thawed, of) => told.push(`${thawed}/${of}`));
  expect(glacier.asked('POST').map(({ key }) => key)).toEqual(['one', 'two']);
  expect(glacier.asked('POST')[0]?.body).toContain('<Days>3</Days>');
  expect(glacier.asked('POST')[0]?.body).toContain('<Tier>Bulk</Tier>');
  expect(told).toEqual(['1/3', '1/3', '1/3', '3/3']);
  expect(slept).toEqual([60, 60, 60]);
});

test('who was interrupted goes on: what was asked for before is not asked for again', async () => {
  glacier.objects.set('one', { storageClass: 'GLACIER', looksLeft: 1 });
  glacier.objects.set('there', { storageClass: 'GLACIER', looksLeft: 0 });
  await thaw(['one', 'there']);
  expect(glacier.asked('POST')).toEqual([]);
  expect(slept).toEqual([60]);
});

test('somebody else asked in between: that is waited for', async () => {
  glacier.objects.set('one', { storageClass: 'GLACIER' });
  glacier.restoreFaults.set('one', { status: 409, code: 'RestoreAlreadyInProgress' });
  const asked = thaw(['one'], () => {
    const object = glacier.objects.get('one');
    if (object) object.looksLeft ??= 1;
  });
  await asked;
  expect(glacier.asked('POST')).toHaveLength(1);
});

test('a file that is in an active tier after all needs no thawing', async () => {
  glacier.objects.set('one', { storageClass: 'GLACIER' });
  glacier.restoreFaults.set('one', { status: 403, code: 'ObjectAlreadyInActiveTierError' });
  await thaw(['one']);
  expect(slept).toEqual([]);
});

test('a refusal names the file and what to do', async () => {
  glacier.objects.set('one', { storageClass: 'GLACIER' });
  glacier.restoreFaults.set('one', { status: 403, code: 'AccessDenied' });
  await expect(thaw(['one'])).rejects.toThrow(/Thawing s3:\/\/b\/one \(Bulk\) failed.*AccessDenied/);
});

const bytes = new Uint8Array(
  parquetWriteBuffer({ columnData: [{ name: 'id', data: [1, 2, 3], type: 'INT32' }] }),
);
const file = {
  key: 'exports/e/shop/public.patients/1/a.parquet',
  bytes: bytes.length,
  rows: 3,
  checksum: null,
};

test('the rows of a frozen file cannot be read, and of a thawed one they can', async () => {
  glacier.objects.set(file.key, { storageClass: 'GLACIER', bytes });
  const read = async () => {
    let text = '';
    for await (const chunk of exportCopyText({ s3, bucket: 'b', files: [file] }, ['id'])) text += chunk;
    return text;
  };
  await expect(read()).rejects.toThrow('lies in Glacier');
  await thaw([file.key]);
  expect(await read()).toBe('1\n2\n3\n');
});

test('a frozen file is no failure of the daily look at the footers: it is said', async () => {
  glacier.objects.set(file.key, { storageClass: 'GLACIER', bytes });
  const present = new Map([[file.key, bytes.length]]);
  const { findings, readable } = await judgeFooters({ s3, bucket: 'b' }, manifestOf([file]), present);
  expect(findings).toMatchObject([
    { status: 'pass', fact: expect.stringContaining('1 file lies in Glacier') },
  ]);
  expect(readable).toEqual([]);
});
