import { describe, expect, test } from '@jest/globals';
import { checkCopies } from '../../../../functions/backup-verify/check-copies.ts';
import { checkSecondRegion } from '../../../../functions/backup-verify/check-second-region.ts';
import type { CopiesFact, SecondRegionFact } from '../../../../functions/backup-verify/facts.ts';
import {
  automated,
  denied,
  expected,
  expecting,
  facts,
  inShort,
  keyThere,
  now,
  withInstance,
} from '../../../support/verify-facts.ts';

const copy = automated('2026-03-20', { identifier: 'copy', kmsKeyId: keyThere });
const judge = (change: Partial<CopiesFact>, held = expected) =>
  checkCopies({ ...facts, copies: { value: { newest: copy, count: 1, failed: [], ...change } } }, held, now);

test('a fresh copy under the right key passes', () => {
  expect(inShort(judge({}))).toEqual(['pass copy age', 'pass copy encryption']);
});

test('no copy at all is a failure', () => {
  expect(inShort(judge({ newest: null }))).toEqual(['fail copy age']);
});

test('one that is older than allowed is a failure', () => {
  expect(inShort(judge({ newest: { ...copy, createdAt: '2026-03-19T03:59:00.000Z' } }))[0]).toBe(
    'fail copy age',
  );
  expect(inShort(judge({ newest: { ...copy, createdAt: '2026-03-19T04:00:00.000Z' } }))[0]).toBe(
    'pass copy age',
  );
});

test('one in the clear is a failure, unless the database is so as well', () => {
  const newest = { ...copy, encrypted: false, kmsKeyId: null };
  expect(inShort(judge({ newest }))[1]).toBe('fail copy encryption');
  expect(inShort(judge({ newest }, expecting({ posture: { encrypted: false } })))[1]).toBe(
    'pass copy encryption',
  );
});

test('one under another key is a failure; an alias cannot be compared with a key', () => {
  const newest = { ...copy, kmsKeyId: keyThere.replace('0002', '0009') };
  expect(inShort(judge({ newest }))[1]).toBe('fail copy encryption');
  const aliased = { ...expected, copyTo: { region: 'us-east-1', kmsKeyId: 'alias/there' } };
  expect(inShort(judge({ newest }, aliased))[1]).toBe('pass copy encryption');
});

test('a fresh one of an earlier instance of the same name is no copy of this one', () => {
  const copies = { value: { newest: copy, count: 1, failed: [] } };
  const recreated = { ...withInstance({ createdAt: '2026-03-20T04:00:00.000Z' }), copies };
  expect(checkCopies(recreated, expected, now)[0]).toMatchObject({
    status: 'warn',
    check: 'copy age',
    fact: expect.stringContaining('before the instance was made, 2026-03-20 04:00 UTC'),
  });
});

test('copies that failed are said', () => {
  expect(inShort(judge({ failed: ['broken'] }))).toContain('warn failed copies');
  expect(judge({ failed: ['broken'] }).at(-1)?.fact).toMatch(/^1 copy in us-east-1 /);
  expect(judge({ failed: ['a', 'b'] }).at(-1)?.fact).toMatch(/^2 copies in us-east-1 /);
});

test('where none are made, and where they could not be asked, nothing is said', () => {
  expect(checkCopies(facts, { ...expected, copyTo: null }, now)).toEqual([]);
  expect(checkCopies({ ...facts, copies: denied }, expected, now)).toEqual([]);
});

describe('what a restore in the second region needs', () => {
  const held = expecting({
    secondRegion: { subnetGroup: 'private', parameterGroup: 'postgres', secretId: 'db' },
  });
  const there: SecondRegionFact = {
    subnetGroup: { value: { status: 'Complete' } },
    parameterGroup: { value: { family: 'postgres15' } },
    secret: { value: { deletedAt: null } },
  };
  const short = (change: SecondRegionFact) =>
    inShort(checkSecondRegion({ ...facts, secondRegion: { ...there, ...change } }, held)).map(
      (line) => line.split(' ')[0],
    );

  test('passes where it is there', () => {
    expect(short({})).toEqual(['pass', 'pass', 'pass']);
  });

  test.each<[string, SecondRegionFact, string[]]>([
    ['a subnet group that is gone', { subnetGroup: { value: null } }, ['fail', 'pass', 'pass']],
    [
      'a parameter group of another family',
      { parameterGroup: { value: { family: 'postgres14' } } },
      ['pass', 'fail', 'pass'],
    ],
    [
      'a secret that is about to be deleted',
      { secret: { value: { deletedAt: '2026-03-27T00:00:00Z' } } },
      ['pass', 'pass', 'fail'],
    ],
    ['a secret that could not be asked, which is told elsewhere', { secret: denied }, ['pass', 'pass']],
  ])('%s', (_, change, statuses) => {
    expect(short(change)).toEqual(statuses);
  });
});
