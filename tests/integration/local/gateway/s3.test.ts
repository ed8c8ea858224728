import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { objectPath } from '../../../../infra/local/aws/object-path.ts';
import { type LocalStack, startStack } from '../../../../infra/local/stack.ts';
import { localClients } from '../../../support/local-clients.ts';

const MIB = 1024 * 1024;
const Bucket = 'menotime-backups';

let stack: LocalStack;
let clients: ReturnType<typeof localClients>;

beforeAll(async () => {
  stack = await startStack({ buckets: [{ name: Bucket, region: 'us-west-1' }] });
  clients = localClients({ endpoint: stack.endpoint });
});

afterAll(async () => {
  clients.destroyAll();
  await stack.stop();
});

/** `bytes` bytes of a repeating pattern, made while they are read. */
function pattern(bytes: number): Readable {
  const chunk = Buffer.alloc(64 * 1024, 'nightshift ');
  const chunks = function* () {
    for (let left = bytes; left > 0; left -= chunk.length)
      yield chunk.subarray(0, Math.min(left, chunk.length));
  };
  return Readable.from(chunks());
}

async function sha256(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest('base64');
}

test('a bucket from the start is there, another is not', async () => {
  await clients.s3.send(new HeadBucketCommand({ Bucket }));
  const other = clients.s3.send(new HeadBucketCommand({ Bucket: 'other' }));
  await expect(other).rejects.toMatchObject({ name: 'NotFound' });
});

test('a multipart upload with SHA-256 checksums arrives whole, and lies on disk where objectPath says', async () => {
  const upload = new Upload({
    client: clients.s3,
    params: {
      Bucket,
      Key: 'exports/one: two/part-0.gz.parquet',
      Body: pattern(12 * MIB),
      ChecksumAlgorithm: 'SHA256',
    },
    partSize: 5 * MIB,
  });
  const done = await upload.done();
  expect(done.ChecksumSHA256).toMatch(/-3$/);
  const got = await clients.s3.send(
    new GetObjectCommand({ Bucket, Key: 'exports/one: two/part-0.gz.parquet' }),
  );
  const expected = await sha256(pattern(12 * MIB));
  expect(await sha256(got.Body as Readable)).toBe(expected);
  const onDisk = await readFile(objectPath(stack.s3Folder, Bucket, 'exports/one: two/part-0.gz.parquet'));
  expect(createHash('sha256').update(onDisk).digest('base64')).toBe(expected);
});

test('a single put keeps its SHA-256, and a range of it can be read', async () => {
  const Body = Buffer.from('PAR1....PAR1');
  const put = await clients.s3.send(
    new PutObjectCommand({
      Bucket,
      Key: 'range',
      Body,
      ChecksumAlgorithm: 'SHA256',
      Metadata: { slot: '2026-01-02' },
    }),
  );
  expect(put.ChecksumSHA256).toBe(createHash('sha256').update(Body).digest('base64'));
  const range = await clients.s3.send(new GetObjectCommand({ Bucket, Key: 'range', Range: 'bytes=-4' }));
  expect(await range.Body?.transformToString()).toBe('PAR1');
  expect(range.ContentRange).toBe('bytes 8-11/12');
  const head = await clients.s3.send(
    new HeadObjectCommand({ Bucket, Key: 'range', ChecksumMode: 'ENABLED' }),
  );
  expect(head).toMatchObject({
    ChecksumSHA256: put.ChecksumSHA256,
    ContentLength: 12,
    Metadata: { slot: '2026-01-02' },
  });
});

test('ListObjectsV2 pages through keys, and DeleteObjects removes them', async () => {
  const keys = ['a/1', 'a/2', 'a/3', 'b/1'].map((key) => `list/${key}`);
  for (const Key of keys) await clients.s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  const first = await clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/', MaxKeys: 3 }));
  expect(first.Contents?.map(({ Key }) => Key)).toEqual(keys.slice(0, 3));
  const ContinuationToken = first.NextContinuationToken;
  const second = await clients.s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: 'list/', ContinuationToken }),
  );
  expect(second.Contents?.map(({ Key }) => Key)).toEqual(keys.slice(3));
  const folders = await clients.s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: 'list/', Delimiter: '/' }),
  );
  expect(folders.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['list/a/', 'list/b/']);
  await clients.s3.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }),
  );
  expect((await clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/' }))).KeyCount).toBe(0);
});

test('a presigned URL needs no header', async () => {
  await clients.s3.send(new PutObjectCommand({ Bucket, Key: 'report.html', Body: '<h1>night</h1>' }));
  const url = await getSignedUrl(clients.s3, new GetObjectCommand({ Bucket, Key: 'report.html' }));
  const answer = await fetch(url);
  expect(await answer.text()).toBe('<h1>night</h1>');
  expect(stack.gateway.calls.at(-1)).toMatchObject({
    service: 's3',
    action: 'GetObject',
    region: 'us-west-1',
  });
});

test('a put of 16 MiB in one request is taken', async () => {
  const Body = Buffer.alloc(16 * MIB, 'x');
  await clients.s3.send(new PutObjectCommand({ Bucket, Key: 'one-request', Body }));
  const head = await clients.s3.send(new HeadObjectCommand({ Bucket, Key: 'one-request' }));
  expect(head.ContentLength).toBe(Body.length);
});

test('of many writes at once that must find nothing, one succeeds', async () => {
  const write = (Body: string) =>
    clients.s3.send(new PutObjectCommand({ Bucket, Key: 'manifest one', Body, IfNoneMatch: '*' }));
  const writes = await Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map(write));
  const winners = writes.flatMap(({ status }, index) => (status === 'fulfilled' ? ['abcde'[index]] : []));
  expect(winners).toHaveLength(1);
  const names = writes.flatMap((settled) => (settled.status === 'rejected' ? [settled.reason.name] : []));
  expect(names).toEqual([
    'PreconditionFailed',
    'PreconditionFailed',
    'PreconditionFailed',
    'PreconditionFailed',
  ]);
  const got = await clients.s3.send(new GetObjectCommand({ Bucket, Key: 'manifest one' }));
  expect(await got.Body?.transformToString()).toBe(winners[0]);
});

test('a write that must find a certain object is refused once that has changed', async () => {
  const put = (Body: string, IfMatch?: string) =>
    clients.s3.send(new PutObjectCommand({ Bucket, Key: 'matched', Body, IfMatch }));
  await expect(put('x', '"none"')).rejects.toMatchObject({ name: 'NoSuchKey' });
  const { ETag } = await put('first');
  await put('second', ETag);
  await expect(put('third', ETag)).rejects.toMatchObject({ name: 'PreconditionFailed' });
});

test('each S3 call is named in the log', async () => {
  const actions = new Set(stack.gateway.calls.map(({ action }) => action));
  expect([...actions].toSorted()).toEqual([
    'CompleteMultipartUpload',
    'CreateMultipartUpload',
    'DeleteObjects',
    'GetObject',
    'HeadBucket',
    'HeadObject',
    'ListObjectsV2',
    'PutObject',
    'UploadPart',
  ]);
});
