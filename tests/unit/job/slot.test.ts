import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  identifierPrefix,
  isNameOf,
  isNightSlot,
  labelFault,
  nightSlot,
  ownTags,
  resourceIdentifier,
} from '../../../shared/job/slot.ts';

/** What RDS takes for a snapshot and, at its shortest, for an export task. */
const identifierPattern = /^[a-z](-?[a-z0-9])*$/;

const named = fc.stringMatching(/^[a-z][a-z0-9]{0,24}(-[a-z0-9]{1,12}){0,3}$/);
const night = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
  .map(nightSlot);
const label = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/).filter((text) => !labelFault(text));
const hostile = fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), fc.string({ maxLength: 300 }));
const attempt = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 120 }));
const parts = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ stage: named, database: named, slot: fc.oneof(night, label), attempt }),
  },
  { weight: 1, arbitrary: fc.record({ stage: hostile, database: hostile, slot: hostile, attempt }) },
);

describe('the identifier of what AWS keeps for a slot', () => {
  test.each([
    ['prod', 'menotime', '2026-01-02', 1, 'nightshift-prod-menotime-2026-01-02'],
    ['prod', 'menotime', '2026-01-02', 2, 'nightshift-prod-menotime-2026-01-02-r2'],
    ['prod', 'menotime-eu', '2026-01-02', 1, 'nightshift-prod-menotime-eu-2026-01-02'],
  ])('%s, %s, %s, try %i: %s', (stage, database, slot, tried, identifier) => {
    expect(resourceIdentifier({ stage, database, slot, attempt: tried })).toBe(identifier);
  });

  test('of a label still shows the label, and ends with a hash', () => {
    const identifier = resourceIdentifier({
      stage: 'prod',
      database: 'shop',
      slot: 'pre-v1.2.3',
      attempt: 1,
    });
    expect(identifier).toMatch(/^nightshift-prod-shop-pre-v1-2-3-[0-9a-f]{8}$/);
  });

  test.each([
    ['a'.repeat(33), 60, /-2026-01-02$/],
    ['a'.repeat(34), 59, /-[0-9a-f]{8}$/],
    ['a'.repeat(300), 60, /-[0-9a-f]{8}$/],
  ])('of a long database name has at most 60 characters: %s', (database, length, end) => {
    const identifier = resourceIdentifier({ stage: 'prod', database, slot: '2026-01-02', attempt: 1 });
    expect(identifier).toHaveLength(length);
    expect(identifier).toMatch(end);
  });

  test('is always one that RDS takes, also for long and hostile names', () => {
    fc.assert(
      fc.property(parts, (each) => {
        const identifier = resourceIdentifier(each);
        expect(identifier).toMatch(identifierPattern);
        expect(identifier.length).toBeLessThanOrEqual(60);
      }),
      { numRuns: 3_000 },
    );
  });

  test('begins as all of its database begin, however long their names', () => {
    const long = fc.stringMatching(/^[a-z][a-z0-9]{0,40}(-[a-z0-9]{1,12}){0,3}$/);
    const slot = fc.oneof(night, label);
    fc.assert(
      fc.property(long, long, slot, attempt, (stage, database, of, tried) => {
        const identifier = resourceIdentifier({ stage, database, slot: of, attempt: tried });
        expect(identifier.startsWith(identifierPrefix(stage, database))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(identifierPrefix('prod', 'menotime')).toBe('nightshift-prod-menotime-');
  });

  test('differs wherever stage, database, slot or attempt differ', () => {
    const owners = new Map<string, string>();
    fc.assert(
      fc.property(parts, ({ stage, database, slot, attempt: tried }) => {
        const whole = JSON.stringify([stage, database, slot, tried]);
        const identifier = resourceIdentifier({ stage, database, slot, attempt: tried });
        expect(owners.get(identifier) ?? whole).toBe(whole);
        owners.set(identifier, whole);
      }),
      { numRuns: 3_000 },
    );
  });

  test('differs where a hyphen belongs to the stage or to the database', () => {
    const cut = fc.tuple(named, named, named, night);
    fc.assert(
      fc.property(cut, ([a, b, c, slot]) => {
        const one = resourceIdentifier({ stage: a, database: `${b}-${c}`, slot, attempt: 1 });
        const other = resourceIdentifier({ stage: `${a}-${b}`, database: c, slot, attempt: 1 });
        expect(one).not.toBe(other);
      }),
    );
  });

  test.each([
    ['pre-V1', 'pre-v1'],
    ['a.b', 'a-b'],
    ['a.b', 'a_b'],
    ['x-r2', 'x'],
  ])('of the labels %s and %s differs, though they look alike', (one, other) => {
    const of = (slot: string, tried: number) =>
      resourceIdentifier({ stage: 'prod', database: 'shop', slot, attempt: tried });
    expect(new Set([of(one, 1), of(other, 1), of(one, 2), of(other, 2)]).size).toBe(4);
  });
});

describe('a name is told to be that of a slot', () => {
  const shop = { stage: 'prod', database: 'shop', slot: '2026-01-02' };

  test('for each of its tries, and for no other slot, database or stage', () => {
    const tried = fc.integer({ min: 1, max: 99 });
    const differ = fc.record({ stage: named, database: named, slot: fc.oneof(night, label) });
    fc.assert(
      fc.property(differ, differ, tried, (one, other, at) => {
        const identifier = resourceIdentifier({ ...one, attempt: at });
        expect(isNameOf(identifier, one)).toBe(true);
        const same = (['stage', 'database', 'slot'] as const).every((part) => one[part] === other[part]);
        expect(isNameOf(identifier, other)).toBe(same);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    'menotime-prod-pre-v1.2.3-20240201',
    'nightshift-prod-shop-2026-01-02-copy',
    'copy-of-nightshift-prod-shop-2026-01-02',
    'nightshift-prod-shop-2026-01-02-r1',
    'nightshift-prod-shop-2026-01-02-r02',
    'nightshift-prod-shop-2026-01-02-r100',
    'NIGHTSHIFT-prod-shop-2026-01-02',
    'nightshift-prod-shop-2026-01-03',
    'nightshift-prod-shop-',
    '',
  ])('not for %j', (identifier) => {
    expect(isNameOf(identifier, shop)).toBe(false);
  });

  test('not for a label that reads like a later try', () => {
    const labelled = { ...shop, slot: 'x-r2' };
    const identifier = resourceIdentifier({ ...shop, slot: 'x', attempt: 2 });
    expect(isNameOf(identifier, labelled)).toBe(false);
    expect(isNameOf(identifier, { ...shop, slot: 'x' })).toBe(true);
  });
});

describe('slots', () => {
  test('a night is the UTC date', () => {
    expect(nightSlot(new Date('2026-01-01T23:30:00-01:00'))).toBe('2026-01-02');
    expect(isNightSlot('2026-01-02')).toBe(true);
    expect(isNightSlot('2026-01-02\n')).toBe(false);
  });

  test('no label that is allowed passes for a night or leaves its folder', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        if (labelFault(text)) return;
        expect(isNightSlot(text)).toBe(false);
        expect(text).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
      }),
      { numRuns: 1_000 },
    );
  });

  test('the tags name stage, job, database and slot', () => {
    expect(ownTags('snapshot-export', { stage: 'prod', database: 'menotime', slot: '2026-01-02' })).toEqual({
      'nightshift:managed-by': 'nightshift-prod',
      'nightshift:job': 'snapshot-export',
      'nightshift:database': 'menotime',
      'nightshift:slot': '2026-01-02',
    });
  });
});
