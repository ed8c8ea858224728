import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writeBlocks } from '../../../../shared/export/write-blocks.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function* pieces(sizes: readonly number[]) {
  for (const [piece, size] of sizes.entries()) {
    yield Uint8Array.from({ length: size }, (_, at) => (at * 7 + piece) % 251);
  }
}

async function whole(sizes: readonly number[]): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces(sizes)) all.push(piece);
  return Buffer.concat(all);
}

const block = 2 * 1_024 * 1_024;

test.each([
  ['nothing', []],
  ['less than a block', [1, 0, 65_536]],
  ['exactly one block', [block]],
  ['pieces that end within blocks', Array.from({ length: 80 }, (_, n) => 60_000 + n)],
  ['a piece of several blocks', [5, 3 * block + 11, 7]],
])('%s is written as it came', async (name, sizes) => {
  const path = join(folder, name);
  await writeBlocks(path, pieces(sizes));
  expect((await readFile(path)).equals(await whole(sizes))).toBe(true);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('what ends the source ends the writing, with its error', async () => {
  const failing = async function* () {
    yield* pieces([block, block, block]);
    throw new Error('the connection broke');
  };
  await expect(writeBlocks(join(folder, 'broken'), failing())).rejects.toThrow('the connection broke');
});

test('a disk that takes no more is an error', async () => {
  await expect(writeBlocks('/dev/full', pieces([block, block]))).rejects.toMatchObject({ code: 'ENOSPC' });
});
