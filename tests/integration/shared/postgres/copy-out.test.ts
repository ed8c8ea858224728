import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { copyOut } from '../../../../shared/postgres/copy-out.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

let cluster: EmbeddedCluster;
let client: Client;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  client = new Client({ ...cluster.config('postgres'), query_timeout: 60_000 });
  client.on('error', () => undefined);
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await cluster?.stop();
});

const many = `COPY (SELECT n, repeat(md5(n::text), n % 40) FROM generate_series(1, 30000) n) TO STDOUT (FORMAT binary)`;

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

const alive = async () => (await client.query<{ two: number }>('SELECT 1 + 1 AS two')).rows[0]?.two;

test('gives the same bytes as pg-copy-streams, and the connection back', async () => {
  const other = new Client(cluster.config('postgres'));
  await other.connect();
  const expected = await bytesOf(other.query(copyTo(many)));
  await other.end();
  expect((await bytesOf(copyOut(client, many))).equals(expected)).toBe(true);
  expect(await alive()).toBe(2);
});

test('a value of many blocks, and none at all', async () => {
  const large = await bytesOf(copyOut(client, `COPY (SELECT repeat('x', 5000000)) TO STDOUT`));
  expect(large.length).toBe(5_000_001);
  expect((await bytesOf(copyOut(client, 'COPY (SELECT 1 WHERE false) TO STDOUT'))).length).toBe(0);
  expect(await alive()).toBe(2);
});

test('goes on after a reader that was slower than the server', async () => {
  const copied = copyOut(client, many);
  const first = await copied.next();
  // By now the server has filled all that may wait, and has been made to wait itself.
  await new Promise((wake) => setTimeout(wake, 300));
  const rest = await bytesOf(copied);
  expect((first.value?.length ?? 0) + rest.length).toBe((await bytesOf(copyOut(client, many))).length);
  expect(await alive()).toBe(2);
});

test('gives the connection back where all had come before anything was read', async () => {
  const fourBlocks = `COPY (SELECT repeat('x', 1000) FROM generate_series(1, 3600)) TO STDOUT`;
  const copied = copyOut(client, fourBlocks);
  await new Promise((wake) => setTimeout(wake, 300));
  expect((await bytesOf(copied)).length).toBe(3_600 * 1_001);
  expect(await alive()).toBe(2);
});

test('who stops early finds the connection ready', async () => {
  for await (const _block of copyOut(client, many)) break;
  expect(await alive()).toBe(2);
});

test('throws what the server answers, at once and in the middle', async () => {
  await expect(bytesOf(copyOut(client, 'COPY nothing TO STDOUT'))).rejects.toMatchObject({ code: '42P01' });
  const failing = `COPY (SELECT repeat('x', 1000), 1 / (9000 - n) FROM generate_series(1, 10000) n) TO STDOUT`;
  await expect(bytesOf(copyOut(client, failing))).rejects.toMatchObject({ code: '22012' });
  expect(await alive()).toBe(2);
});

test('throws where the connection is cut', async () => {
  const other = new Client(cluster.config('postgres'));
  other.on('error', () => undefined);
  await other.connect();
  const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const copied = copyOut(other, many.replace('30000', '3000000'));
  await copied.next();
  await client.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
  await expect(bytesOf(copied)).rejects.toThrow(/terminat/);
});
