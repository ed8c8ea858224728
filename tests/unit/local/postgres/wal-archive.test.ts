import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  copySegments,
  listSegments,
  pruneSegments,
  releaseUnusedSpace,
  waitForSegment,
} from '../../../../infra/local/postgres/wal-archive.ts';

const SEGMENTS = ['000000010000000000000001', '000000010000000000000002', '000000010000000000000003'];
let archive: string;

beforeEach(async () => {
  archive = await mkdtemp(path.join(tmpdir(), 'nightshift-archive-'));
  for (const name of [...SEGMENTS, '00000002.history', 'archtemp.x'])
    await writeFile(path.join(archive, name), name);
});
afterEach(() => rm(archive, { recursive: true, force: true }));

test('only whole segments are listed, oldest first', async () => {
  expect(await listSegments(archive)).toEqual(SEGMENTS);
});

test('a range is copied, and what is older is pruned', async () => {
  const to = await mkdtemp(path.join(archive, 'to-'));
  const [, first = '', last = ''] = SEGMENTS;
  expect(await copySegments(archive, to, { first, last })).toBe(2);
  expect(await listSegments(to)).toEqual([first, last]);
  await pruneSegments(archive, last);
  expect(await listSegments(archive)).toEqual([last]);
});

test('the zeros at the end of a segment take no space, and every byte stays', async () => {
  const [segment = ''] = SEGMENTS;
  const bytes = Buffer.alloc(2 ** 20);
  bytes.fill('wal', 0, 30_000);
  await writeFile(path.join(archive, segment), bytes);
  await releaseUnusedSpace(archive, segment);
  expect(await readFile(path.join(archive, segment))).toEqual(bytes);
  expect((await stat(path.join(archive, segment))).size).toBe(2 ** 20);
  expect(await listSegments(archive)).toEqual(SEGMENTS);
});

test('two who give back the space of one segment at once do not hinder each other', async () => {
  const [segment = ''] = SEGMENTS;
  const bytes = Buffer.alloc(2 ** 20, 'wal', 'utf8').fill(0, 30_000);
  await writeFile(path.join(archive, segment), bytes);
  await Promise.all(Array.from({ length: 8 }, () => releaseUnusedSpace(archive, segment)));
  expect(await readFile(path.join(archive, segment))).toEqual(bytes);
  expect((await readdir(archive)).toSorted()).toEqual([...SEGMENTS, '00000002.history', 'archtemp.x']);
});

test('waiting for a segment ends when it comes, when it does not, and when it is called off', async () => {
  await waitForSegment(archive, SEGMENTS[0] ?? '');
  await expect(waitForSegment(archive, 'F'.repeat(24), { timeoutMs: 0 })).rejects.toThrow(/did not reach/);
  const signal = AbortSignal.abort(new Error('called off'));
  await expect(waitForSegment(archive, 'F'.repeat(24), { signal })).rejects.toThrow('called off');
});
