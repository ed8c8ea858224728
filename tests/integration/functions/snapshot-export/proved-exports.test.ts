import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { PruningContext } from '../../../../functions/snapshot-export/job.ts';
import { findProvedExports } from '../../../../functions/snapshot-export/proved-exports.ts';
import { chainPrefix } from '../../../../shared/job/manifest-chain.ts';
import { ConditionalS3 } from '../../../support/conditional-s3.ts';
import { nightlyRequest } from '../../../support/snapshot-export-request.ts';

const store = new ConditionalS3();
let s3: S3Client;
beforeAll(async () => {
  s3 = await store.start();
});
afterAll(() => store.stop());
beforeEach(() => store.reset());

const find = (exportIds: readonly string[], atMost: number) => {
  const job = { request: nightlyRequest, names: { backupBucket: 'b' }, aws: { s3 } };
  return findProvedExports(job as unknown as PruningContext, exportIds, atMost);
};
const linkKey = (sequence: number) =>
  `${chainPrefix('snapshot-export', 'menotime')}${String(sequence).padStart(8, '0')}.json`;
const link = (sequence: number, exportId: string) =>
  store.put(linkKey(sequence), JSON.stringify({ sequence, body: { export: { id: exportId } } }));
const linksRead = () =>
  store.requests.filter(({ method, key }) => method === 'GET' && key.endsWith('.json')).length;

test('the newest links say it, and no more of them are read than that takes', async () => {
  for (let sequence = 1; sequence <= 300; sequence += 1) link(sequence, `e${sequence}`);
  const stored = Array.from({ length: 300 }, (_, index) => `e${index + 1}`);
  expect(await find(stored, 3)).toEqual(['e300', 'e299', 'e298']);
  expect(linksRead()).toBe(3);
});

test('an export that is gone, one under a label and one named twice do not count', async () => {
  ['e1', 'e2', 'e2', 'labelled', 'gone'].map((exportId, index) => link(index + 1, exportId));
  expect(await find(['e1', 'e2', 'unproved'], 2)).toEqual(['e2', 'e1']);
});

test('nothing is read where every export has been found, or none is asked for', async () => {
  for (let sequence = 1; sequence <= 9; sequence += 1) link(sequence, `e${sequence}`);
  expect(await find(['e8', 'e9'], 7)).toEqual(['e9', 'e8']);
  expect(linksRead()).toBe(2);
  expect(await find([], 7)).toEqual([]);
  expect(linksRead()).toBe(2);
});

test('another database’s chain says nothing', async () => {
  store.put('manifests/snapshot-export/menotime-eu/00000001.json', '{"body":{"export":{"id":"e1"}}}');
  expect(await find(['e1'], 2)).toEqual([]);
});

test.each([
  ['no JSON', 'x'],
  ['nothing of an export', '{"body":{}}'],
])('a link that holds %s ends the search, with its key', async (_what, text) => {
  link(1, 'e1');
  store.put(linkKey(2), text);
  await expect(find(['e1'], 2)).rejects.toThrow(/menotime\/00000002\.json holds no manifest of an export/);
});
