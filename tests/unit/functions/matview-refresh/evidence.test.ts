import { describe, expect, test } from '@jest/globals';
import {
  type Evidence,
  isStillToCount,
  type RelationFact,
  whatChanged,
  whoeverRefreshed,
} from '../../../../functions/matview-refresh/evidence.ts';

const visits: RelationFact = {
  fileNode: '16400',
  inserted: '100',
  updated: '20',
  deleted: '3',
  parents: [],
  shape: 'a',
  keptBy: null,
};
const then: Evidence = {
  marks: {
    database: '5',
    startedAt: '2026-01-01T00:00:00.000000Z',
    statisticsReset: null,
    walReset: '2025-12-31T00:00:00.000000Z',
  },
  settings: { intervalstyle: 'postgres' },
  definitions: 'hash',
  relations: { 1: visits, 2: { ...visits, parents: ['1 700'] } },
};
const names = new Map([
  ['1', 'public.visits'],
  ['2', 'public.visits_january'],
  ['3', 'public.visits_february'],
]);

/** The second relation, with something else about it. */
const later = (change: Partial<RelationFact>): Evidence => ({
  ...then,
  relations: { 1: visits, 2: { ...visits, parents: ['1 700'], ...change } },
});
const marked = (change: Partial<Evidence['marks']>): Evidence => ({
  ...then,
  marks: { ...then.marks, ...change },
});

describe('whatChanged', () => {
  test('is silent where everything is as it was', () => {
    expect(whatChanged(then, structuredClone(then), names)).toBeNull();
  });

  test.each<[string, Evidence]>([
    ['public.visits_january: 12 more rows inserted', later({ inserted: '112' })],
    [
      'public.visits_january: 1 more row inserted, 2 more rows updated, 3 more rows deleted',
      later({ inserted: '101', updated: '22', deleted: '6' }),
    ],
    ['public.visits_january: its counters went back', later({ inserted: '0', updated: '0' })],
    ['public.visits_january was truncated or rewritten', later({ fileNode: '16500', inserted: '112' })],
    ['public.visits_january was altered', later({ shape: 'b' })],
    [
      'public.visits_january is a partition or child of others than it was, or was none for a while',
      later({ parents: ['1 7001'] }),
    ],
    [
      'public.visits_january is kept by the access method columnar, which may count nothing',
      later({ keptBy: 'columnar' }),
    ],
    ['this database is a copy of the one in which it was refreshed', marked({ database: '6' })],
    [
      'a partition was attached to public.visits: public.visits_february',
      { ...then, relations: { ...then.relations, 3: { ...visits, parents: ['1 701'] } } },
    ],
    [
      'a partition was detached from public.visits, or dropped: public.visits_january',
      { ...then, relations: { 1: visits } },
    ],
    [
      'it reads public.visits_february, which it did not',
      { ...then, relations: { ...then.relations, 3: visits } },
    ],
    ['it no longer reads public.visits, which it did, and 1 more change', { ...then, relations: {} }],
    [
      'its definition, or that of a view, function or type under it, is another',
      { ...then, definitions: 'other' },
    ],
    [
      'the setting intervalstyle is another than at its last refresh',
      { ...then, settings: { intervalstyle: 'iso_8601' } },
    ],
    [
      'the server was restarted at 2026-01-02T00:00:00.000000Z',
      marked({ startedAt: '2026-01-02T00:00:00.000000Z' }),
    ],
    [
      'statistics were reset at 2026-01-02T00:00:00.000000Z',
      marked({ statisticsReset: '2026-01-02T00:00:00.000000Z' }),
    ],
    [
      'the server crashed, or its statistics were reset, at 2026-01-02T00:00:00.000000Z',
      marked({ walReset: '2026-01-02T00:00:00.000000Z', statisticsReset: null }),
    ],
  ])('says: %s', (words, now) => {
    expect(whatChanged(then, now, names)).toBe(words);
  });

  test('counts more changes than the first', () => {
    const now = {
      ...then,
      relations: { 1: { ...visits, deleted: '4' }, 2: { ...visits, inserted: '101', parents: ['1 700'] } },
    };
    expect(whatChanged(then, now, names)).toBe('public.visits: 1 more row deleted, and 1 more change');
  });

  test('knows numbers beyond what a double holds', () => {
    const large = { ...then, relations: { 1: { ...visits, inserted: '9007199254740992' } } };
    const larger = { ...then, relations: { 1: { ...visits, inserted: '9007199254740993' } } };
    expect(whatChanged(large, larger, names)).toBe('public.visits: 1 more row inserted');
  });

  test('names nothing that is gone', () => {
    expect(whatChanged(then, { ...then, relations: { 1: visits } }, new Map([['1', 'public.visits']]))).toBe(
      'a partition was detached from public.visits, or dropped: a table that is gone',
    );
  });
});

describe('of the view itself', () => {
  const { fileNode, inserted, updated, deleted } = visits;
  const own = { fileNode, inserted, updated, deleted };

  test('another file or other counters are somebody else’s refresh', () => {
    expect(whoeverRefreshed(own, { ...own })).toBeNull();
    for (const other of [{ fileNode: '1' }, { inserted: '101' }, { updated: '21' }, { deleted: '4' }])
      expect(whoeverRefreshed(own, { ...own, ...other })).toBe('someone else refreshed or rewrote it since');
  });

  test('fewer than our own refresh wrote are still to be counted, unless any is more, or the file another', () => {
    expect(isStillToCount(own, { ...own, inserted: '60' })).toBe(true);
    expect(isStillToCount(own, { ...own, inserted: '60', deleted: '4' })).toBe(false);
    expect(isStillToCount(own, { ...own, inserted: '60', fileNode: '1' })).toBe(false);
    expect(isStillToCount(own, own)).toBe(false);
  });
});
