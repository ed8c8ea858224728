import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { canonicalJson } from '../../../../shared/job/canonical-json.ts';
import { NightshiftError } from '../../../../shared/job/errors.ts';
import { appendManifest, chainPrefix, type Manifest } from '../../../../shared/job/manifest-chain.ts';
import { chainFaults } from '../../../support/chain-faults.ts';
import { ConditionalS3 } from '../../../support/conditional-s3.ts';
import { rounds } from '../../../support/long-runs.ts';

const store = new ConditionalS3();
let s3: S3Client;
beforeAll(async () => {
  s3 = await store.start();
});
afterAll(() => store.stop());
beforeEach(() => store.reset());

const prefix = 'manifests/snapshot-export/menotime/';
const append = (slot: string, body: unknown = { of: slot }, notBefore = new Date(0)) =>
  appendManifest(s3, { bucket: 'b', job: 'snapshot-export', database: 'menotime', slot, notBefore, body });
const texts = () => new Map([...store.objects].map(([key, { text }]) => [key, text]));
const slotsInOrder = () =>
  [...texts()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => (JSON.parse(text) as Manifest).slot);

test('the first manifest begins the chain, each next one carries the hash of the one before', async () => {
  const first = await append('2026-01-01', { z: 1, a: [] });
  expect(first).toEqual({
    key: `${prefix}00000001.json`,
    sequence: 1,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(texts().get(first.key)).toBe(
    canonicalJson({
      version: 1,
      job: 'snapshot-export',
      database: 'menotime',
      slot: '2026-01-01',
      sequence: 1,
      previous: null,
      body: { a: [], z: 1 },
    }),
  );
  await append('2026-01-02');
  const third = await append('pre-v2');
  expect(third).toMatchObject({ key: `${prefix}00000003.json`, sequence: 3 });
  expect(slotsInOrder()).toEqual(['2026-01-01', '2026-01-02', 'pre-v2']);
  expect(chainFaults(texts(), third)).toEqual([]);
});

test('every write says that nothing may be there yet', async () => {
  await append('2026-01-01');
  await append('2026-01-02');
  const puts = store.requests.filter(({ method }) => method === 'PUT');
  expect(puts.map(({ headers }) => headers['if-none-match'])).toEqual(['*', '*']);
});

describe('a slot that has its manifest', () => {
  test('keeps it: the same is answered, and nothing is written', async () => {
    const first = await append('2026-01-01');
    await append('2026-01-02');
    const before = texts();
    expect(await append('2026-01-01')).toEqual(first);
    expect(texts()).toEqual(before);
  });

  test('has one only, also where two write it at once', async () => {
    for (let round = 0; round < rounds(10, 200); round += 1) {
      store.reset();
      const [one, other] = await Promise.all([append('2026-01-01'), append('2026-01-01')]);
      expect(one).toEqual(other);
      expect(store.objects.size).toBe(1);
    }
  });

  test('is known where the answer was lost', async () => {
    let lost = 0;
    store.beforePut = async () => (lost++ === 0 ? 'lost' : undefined);
    const first = await append('2026-01-01');
    expect(store.objects.size).toBe(1);
    expect(chainFaults(texts(), first)).toEqual([]);
  });
});

test('several slots at once make one chain without a fork', async () => {
  for (let round = 0; round < rounds(5, 100); round += 1) {
    store.reset();
    await append('begun');
    const slots = ['a', 'b', 'c', 'd', 'e'];
    const references = await Promise.all(slots.map((slot) => append(slot)));
    expect(new Set(references.map(({ sequence }) => sequence))).toEqual(new Set([2, 3, 4, 5, 6]));
    const newest = references.find(({ sequence }) => sequence === 6);
    expect(newest && chainFaults(texts(), newest)).toEqual([]);
  }
});

test('a place that another slot takes in between is stepped behind', async () => {
  let rival: Promise<unknown> | undefined;
  store.beforePut = async () => {
    if (rival) return undefined;
    rival = append('rival');
    await rival;
    return undefined;
  };
  const mine = await append('mine');
  expect(mine.sequence).toBe(2);
  expect(slotsInOrder()).toEqual(['rival', 'mine']);
  expect(chainFaults(texts(), mine)).toEqual([]);
});

test('ten that come first each time end it, saying what to do', async () => {
  let rivals = 0;
  store.beforePut = async (key) => {
    rivals += 1;
    store.put(key, canonicalJson({ slot: `rival ${rivals}`, sequence: rivals, previous: null }));
    return undefined;
  };
  const appending = append('mine');
  await expect(appending).rejects.toThrow(NightshiftError);
  await expect(appending).rejects.toThrow(
    /The manifest of mine found no place in the chain .*menotime\/.*Start the run again/s,
  );
  expect(rivals).toBe(10);
});

describe('what was changed afterwards shows', () => {
  test.each([
    [
      'a link that was edited',
      (all: Map<string, string>, key: string) => all.set(key, `${all.get(key)} `),
      'was changed',
    ],
    ['a link that was removed', (all: Map<string, string>, key: string) => all.delete(key), 'is missing'],
    [
      'a link beside the others',
      (all: Map<string, string>) => all.set(`${prefix}00000009.json`, '{}'),
      'is beside the chain',
    ],
  ])('%s', async (_what, change, fault) => {
    await append('a');
    const second = await append('b');
    const newest = await append('c');
    const all = texts();
    change(all, second.key);
    expect(chainFaults(all, newest)).toEqual([expect.stringContaining(fault)]);
  });
});

test('links older than the manifest can be are not read, but for the newest', async () => {
  for (let day = 10; day < 30; day += 1) await append(`2025-12-${day}`);
  for (const [key, { text }] of store.objects) store.put(key, text, new Date('2026-01-01T00:00:00Z'));
  store.requests.length = 0;
  await append('2026-01-02', {}, new Date('2026-01-02T03:50:00Z'));
  const reads = store.requests.filter(({ method, key }) => method === 'GET' && key.endsWith('.json'));
  expect(reads.map(({ key }) => key.slice(prefix.length))).toEqual(['00000020.json', '00000021.json']);
});

test('a clock that runs ten minutes ahead does not hide the slot’s own manifest', async () => {
  const first = await append('2026-01-02');
  expect(await append('2026-01-02', {}, new Date(Date.now() + 600_000))).toEqual(first);
});

test('a chain has more than one page of links', async () => {
  store.pageSize = 3;
  for (let day = 10; day < 18; day += 1) await append(`2025-12-${day}`);
  expect((await append('2025-12-18')).sequence).toBe(9);
  expect(await append('2025-12-10')).toMatchObject({ sequence: 1 });
});

test('each job and database has a chain of its own', async () => {
  await append('2026-01-01');
  const other = await appendManifest(s3, {
    bucket: 'b',
    job: 'audit-archive',
    database: 'menotime',
    slot: '2026-01-01',
    notBefore: new Date(0),
    body: {},
  });
  expect(other).toMatchObject({ key: 'manifests/audit-archive/menotime/00000001.json', sequence: 1 });
  expect(chainPrefix('a', 'menotime')).not.toBe(
    chainPrefix('a', 'menotime-eu').slice(0, chainPrefix('a', 'menotime').length),
  );
});
