import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { verifyExportContents } from '../../../../shared/export/verify-contents.ts';
import { manifestOf } from '../../../support/export-manifest.ts';

const body = Buffer.from('abcdef');

/** How often each key is still broken off in the middle of its bytes, or refused. */
let broken: Record<string, number>;
let denied: string[];
let tries: string[];
let pauses: number[];
let s3: S3Client;
let folder: string;

const server = createServer((request, response) => {
  const key = (request.url ?? '').split('/')[2]?.split('?')[0] ?? '';
  tries.push(key);
  if (denied.includes(key)) {
    response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>');
    return;
  }
  response.setHeader('content-length', body.length);
  const left = broken[key] ?? 0;
  broken[key] = left - 1;
  if (left <= 0) response.end(body);
  else response.write(body.subarray(0, 3), () => request.socket.destroy());
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  s3 = new S3Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-west-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
beforeEach(() => {
  broken = {};
  denied = [];
  tries = [];
  pauses = [];
});
afterAll(async () => {
  s3?.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const verify = (keys: readonly string[], into = folder) =>
  verifyExportContents(
    { s3, bucket: 'b' },
    manifestOf(keys.map((key) => ({ key, bytes: body.length, rows: 1, checksum: null }))),
    {
      folder: into,
      scan: () => Promise.resolve(1),
      sleep: async (seconds) => pauses.push(seconds),
    },
  );

test('a download that breaks off twice is tried a third time, after pauses', async () => {
  broken = { b: 2 };
  expect(await verify(['a', 'b', 'c'])).toMatchObject([{ status: 'pass' }]);
  expect(tries).toEqual(['a', 'b', 'b', 'b', 'c']);
  expect(pauses).toEqual([5, 10]);
});

test('one that always breaks off is named, and the others are read nonetheless', async () => {
  broken = { b: 9 };
  expect(await verify(['a', 'b', 'c'])).toMatchObject([
    { status: 'fail', fact: expect.stringMatching(/^1 of 3 files of e could not be fetched, .*: b \(\S/) },
  ]);
  expect(tries).toEqual(['a', 'b', 'b', 'b', 'c']);
  expect(await readdir(folder)).toEqual([]);
});

test('what S3 refuses is not asked for again, and named', async () => {
  denied = ['b'];
  expect(await verify(['a', 'b', 'c'])).toMatchObject([
    { status: 'fail', fact: expect.stringMatching(/: b \(.*AccessDenied/) },
  ]);
  expect(tries).toEqual(['a', 'b', 'c']);
});

test('where nothing can be fetched any more, it is not waited for each of thousands of files', async () => {
  const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
  denied = keys;
  expect(await verify(keys)).toMatchObject([
    { status: 'fail', fact: expect.stringMatching(/^20 of 20 files of e could not be fetched/) },
  ]);
  expect(tries.length).toBeLessThan(8);
});

test('a fault of this machine ends it: no other try mends a folder that is not there', async () => {
  await expect(verify(['a', 'b'], join(folder, 'gone'))).rejects.toThrow(/ENOENT/);
  expect(pauses).toEqual([]);
});
