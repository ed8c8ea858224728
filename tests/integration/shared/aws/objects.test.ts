import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isTransient } from '../../../../shared/aws/errors.ts';
import { listObjects, putOnce, readText, sha256 } from '../../../../shared/aws/objects.ts';
import { ConditionalS3 } from '../../../support/conditional-s3.ts';

const store = new ConditionalS3();
let s3: S3Client;
beforeAll(async () => {
  s3 = await store.start();
});
afterAll(() => store.stop());
beforeEach(() => store.reset());

const place = { bucket: 'menotime-backups', key: 'runs/a b/ü.json' };
const conflict = { status: 409, code: 'ConditionalRequestConflict' };

describe('an object that is written once', () => {
  test('is asked for with a condition, a checksum and its metadata', async () => {
    expect(await putOnce(s3, place, '{"a":"ü"}', { 'nightshift-slot': '2026-01-02' })).toBe('{"a":"ü"}');
    expect(store.objects.get(place.key)?.text).toBe('{"a":"ü"}');
    const { headers } = store.requests.at(-1) ?? {};
    expect(headers).toMatchObject({
      'if-none-match': '*',
      'content-type': 'application/json',
      'x-amz-meta-nightshift-slot': '2026-01-02',
      'x-amz-checksum-sha256': createHash('sha256').update('{"a":"ü"}').digest('base64'),
    });
  });

  test('stays as it is: who comes later is told what is there, and writes nothing', async () => {
    await putOnce(s3, place, 'first');
    expect(await putOnce(s3, place, 'second')).toBe('first');
    expect(store.count('PUT')).toBe(1);
  });

  test('is the winner’s, where another one came in between', async () => {
    store.beforePut = async (key) => {
      store.put(key, 'winner');
      return undefined;
    };
    expect(await putOnce(s3, place, 'loser')).toBe('winner');
  });

  test('of many at once is one of theirs, and every one is told the same', async () => {
    const answers = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((text) => putOnce(s3, place, text)));
    expect(new Set(answers)).toEqual(new Set([store.objects.get(place.key)?.text]));
  });

  test('whose answer was lost is known as one’s own', async () => {
    let lost = 0;
    store.beforePut = async () => (lost++ === 0 ? 'lost' : undefined);
    expect(await putOnce(s3, place, 'mine')).toBe('mine');
    expect(lost).toBeGreaterThan(1);
  });

  test('that another one is writing just now is theirs once it can be read, and else worth another try', async () => {
    store.beforePut = async (key) => {
      store.put(key, 'winner');
      return conflict;
    };
    expect(await putOnce(s3, place, 'loser')).toBe('winner');
    store.reset();
    store.beforePut = async () => conflict;
    const error = await putOnce(s3, place, 'loser').then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: 'ConditionalRequestConflict' });
    expect(isTransient(error)).toBe(true);
  });

  test('that may not be written is an error', async () => {
    store.beforePut = async () => ({ status: 403, code: 'AccessDenied' });
    await expect(putOnce(s3, place, 'x')).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('a text', () => {
  test('is read in UTF-8; what is not there is undefined', async () => {
    store.put(place.key, 'ü🚀');
    expect(await readText(s3, place)).toBe('ü🚀');
    expect(await readText(s3, { ...place, key: 'none' })).toBeUndefined();
  });

  test('may be empty, and is then not missing', async () => {
    store.put(place.key, '');
    expect(await readText(s3, place)).toBe('');
    expect(await putOnce(s3, place, 'x')).toBe('');
  });
});

test('a listing gives every page, in the order of keys, from behind a key on', async () => {
  for (const number of [5, 3, 1, 4, 2])
    store.put(`p/${number}`, 'x'.repeat(number), new Date(number * 1_000));
  store.put('q/1', 'x');
  store.pageSize = 2;
  const list = async (after?: string) => {
    const found = [];
    for await (const object of listObjects(s3, { bucket: 'b', prefix: 'p/', after })) found.push(object);
    return found;
  };
  expect((await list()).map(({ key }) => key)).toEqual(['p/1', 'p/2', 'p/3', 'p/4', 'p/5']);
  expect(store.count('GET')).toBe(3);
  expect(await list('p/4')).toEqual([
    { key: 'p/5', sizeBytes: 5, lastModified: '1970-01-01T00:00:05.000Z', storageClass: 'STANDARD' },
  ]);
});

test('a hash is SHA-256 in hexadecimal, of text in UTF-8', () => {
  expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  expect(sha256('ü')).toBe(sha256(Buffer.from('ü', 'utf8')));
});
