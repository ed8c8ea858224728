import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fetchWholeFile } from '../../../../shared/export/fetch-whole-file.ts';

/** `abc` and its checksums, as S3 writes them. */
const bytes = Buffer.from('abc');
const crc64nvme = 'BeXKuz/B+us=';
const sha256 = createHash('sha256').update(bytes).digest('base64');
const md5 = createHash('md5').update(bytes).digest('hex');
const crc = Buffer.alloc(4);
crc.writeUInt32BE(crc32(bytes));

let headers: Record<string, string> = {};
let body = bytes;
let s3: S3Client;
let folder: string;
const server = createServer((_request, response) => {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  s3 = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
afterAll(async () => {
  s3?.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

async function fetched(checksum: string | null, sent: Record<string, string> = {}, stored = bytes) {
  headers = sent;
  body = stored;
  return fetchWholeFile({ s3, bucket: 'b' }, { key: 'k', bytes: 3, rows: 1, checksum }, join(folder, 'k'));
}

describe('bytes that are as they were', () => {
  test.each([
    ['sha256', `sha256:${sha256}`, {}],
    ['crc32', `crc32:${crc.toString('base64')}`, {}],
    ['entity tag', `etag:${md5}`, { etag: `"${md5}"` }],
    ['crc64nvme', `crc64nvme:${crc64nvme}`, { 'x-amz-checksum-crc64nvme': crc64nvme }],
  ])('%s: computed from the bytes', async (_name, checksum, sent) => {
    expect(await fetched(checksum, sent as Record<string, string>)).toBe('hashed');
    expect(await readFile(join(folder, 'k'))).toEqual(bytes);
  });

  test('a checksum of parts, and an entity tag under KMS, are asked of S3', async () => {
    expect(await fetched('etag:0123-4', { etag: '"0123-4"' })).toBe('held');
    const kms = { etag: '"0123"', 'x-amz-server-side-encryption': 'aws:kms' };
    expect(await fetched('etag:0123', kms)).toBe('held');
    expect(await fetched(null)).toBe('unrecorded');
  });
});

describe('bytes that are not', () => {
  const other = Buffer.from('abd');

  test.each([
    ['sha256', `sha256:${sha256}`, {}],
    ['crc32', `crc32:${crc.toString('base64')}`, {}],
    ['entity tag', `etag:${md5}`, { etag: `"${md5}"` }],
    ['crc64nvme', `crc64nvme:${crc64nvme}`, { 'x-amz-checksum-crc64nvme': crc64nvme }],
  ])('%s: changed', async (_name, checksum, sent) => {
    expect(await fetched(checksum, sent as Record<string, string>, other)).toBe('changed');
  });

  test('written anew: S3 holds another checksum', async () => {
    expect(await fetched('crc64nvme:AAAAAAAAAAA=', { 'x-amz-checksum-crc64nvme': crc64nvme })).toBe(
      'changed',
    );
    expect(await fetched('etag:0123-4', { etag: '"4567-4"' })).toBe('changed');
  });

  test('of another length, where no checksum was recorded', async () => {
    expect(await fetched(null, {}, Buffer.from('ab'))).toBe('changed');
  });
});
