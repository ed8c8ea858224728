import { describe, expect, test } from '@jest/globals';
import { checkSharing, sharedWithStrangers } from '../../../../functions/backup-verify/check-sharing.ts';
import { chooseSnapshots } from '../../../../functions/backup-verify/choose-snapshots.ts';
import type { SharingFact } from '../../../../functions/backup-verify/facts.ts';
import { denied, expected, expecting, facts, inShort, sharing } from '../../../support/verify-facts.ts';

const judge = (change: Partial<SharingFact>, held = expected) =>
  checkSharing({ ...facts, sharing: [{ value: { ...sharing, ...change } }] }, held);

test('snapshots that nobody else may restore pass, in each region', () => {
  expect(inShort(checkSharing(facts, expected))).toEqual(['pass sharing', 'pass sharing']);
});

test('a public one is a loud failure, with the command that takes it back', () => {
  expect(judge({ publicOnes: ['pre-v2'] })).toMatchObject([
    {
      status: 'fail',
      fact: expect.stringMatching(/ANYBODY.*pre-v2 in us-west-1/),
      advice: expect.stringContaining('--db-snapshot-identifier pre-v2'),
    },
  ]);
});

describe('a snapshot that is shared', () => {
  const shared = [{ snapshot: 'pre-v2', accounts: ['444455556666'] }];

  test('with an unknown account is a failure', () => {
    expect(judge({ shared })).toMatchObject([
      { status: 'fail', fact: expect.stringContaining('pre-v2 with 444455556666') },
    ]);
  });

  test('with a known one passes', () => {
    expect(inShort(judge({ shared }, expecting({ knownAccounts: ['444455556666'] })))).toEqual([
      'pass sharing',
    ]);
  });

  test('is named to the next run, which asks it first', () => {
    const given = { ...facts, sharing: [{ value: { ...sharing, shared, publicOnes: ['open'] } }, denied] };
    expect(sharedWithStrangers(given, expected)).toEqual(['open', 'pre-v2']);
  });
});

test('what was not asked today is said, and is a warning where its turn comes after more than a week', () => {
  const [week] = judge({ snapshots: 70, asked: 10 });
  expect(week).toMatchObject({
    status: 'pass',
    fact: expect.stringContaining('Of its 70 manual ones, 10 were asked'),
  });
  expect(inShort(judge({ snapshots: 71, asked: 10 }))).toEqual(['warn sharing']);
});

describe('which snapshots are asked', () => {
  const all = Array.from({ length: 25 }, (_, index) => `s${String(index).padStart(2, '0')}`);

  test('many that were found shared leave half of the places to the others, which are all asked in time', () => {
    const shared = all.slice(0, 12);
    const asked = Array.from({ length: 9 }, (_, day) =>
      chooseSnapshots({ all, first: shared, most: 10, day }),
    );
    expect(new Set(asked.flat())).toEqual(new Set(all));
    for (const chosen of asked) expect(chosen).toHaveLength(10);
  });

  test('all, where there are no more than calls', () => {
    expect(chooseSnapshots({ all, first: ['s03'], most: 25, day: 7 }).toSorted()).toEqual(all);
  });

  test('each in its turn, where there are more', () => {
    const week = [0, 1, 2].map((day) => chooseSnapshots({ all, first: [], most: 10, day }));
    expect(week.map((asked) => new Set(asked).size)).toEqual([10, 10, 10]);
    expect(new Set(week.flat()).size).toBe(25);
  });

  test('those that were found shared whatever the day, unless they are gone', () => {
    for (const day of [0, 1, 2, 3]) {
      const asked = chooseSnapshots({ all, first: ['s07', 'gone'], most: 5, day });
      expect(asked).toContain('s07');
      expect(asked).not.toContain('gone');
      expect(new Set(asked).size).toBe(5);
    }
  });
});
