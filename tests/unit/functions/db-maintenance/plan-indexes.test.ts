import { expect, test } from '@jest/globals';
import type {
  IndexFact,
  InvalidIndexFact,
  SpareIndexFact,
} from '../../../../functions/db-maintenance/facts.ts';
import { type IndexFacts, planIndexes } from '../../../../functions/db-maintenance/plan-indexes.ts';
import { dbMaintenance } from '../../../../shared/config/db-maintenance.ts';

const settings = dbMaintenance.parse({});
const now = '2026-01-01T06:00:00.000Z';
const inWindow = { window: settings.window, now: new Date(now) };
const server = { countedSince: '2025-11-01T00:00:00.000Z', now, hasReplicas: false };
const mebibyte = 1_048_576;

const index: IndexFact = {
  id: '1',
  schema: 'public',
  name: 'ix_age',
  tableName: 'public.audit_log',
  bytes: 100 * mebibyte,
  bloatPercent: 40,
  method: 'measured',
  lack: null,
};
const invalid: InvalidIndexFact = {
  id: '2',
  schema: 'public',
  name: 'ix_age_ccnew',
  tableName: 'public.audit_log',
  bytes: 8_192,
  original: 'public.ix_age',
  isOfConstraint: false,
  isPartitioned: false,
  mend: 'REINDEX INDEX CONCURRENTLY "public"."ix_age_ccnew";',
  isBeingBuilt: false,
  lack: null,
};
const unusedIndex: SpareIndexFact = {
  ...{ id: '3', schema: 'public', name: 'ix_age', tableName: 'public.audit_log', bytes: 100 * mebibyte },
  ...{ doubledBy: null, isBeginning: false, isPartitioned: false, isOfExpressions: false },
};
const plan = (facts: Partial<IndexFacts>, more: Partial<typeof server> = {}, planning = inWindow) =>
  planIndexes(
    { indexes: [], invalid: [], spare: [], freeBytes: 1e12, ...facts },
    { ...server, ...more },
    settings,
    planning,
  );

test('what is over the limit and worth it is rebuilt, what gives most back first, and how it was measured is said', () => {
  const { actions } = plan({
    indexes: [
      index,
      { ...index, id: '3', name: 'ix_large', bytes: 900 * mebibyte, method: 'estimated' },
      { ...index, id: '4', name: 'ix_small', bytes: 9 * mebibyte },
      { ...index, id: '5', name: 'ix_full', bloatPercent: 20 },
    ],
  });
  expect(actions.map(({ kind, target, reason }) => [kind, target, reason])).toEqual([
    [
      'rebuild index',
      'public.ix_large',
      '40% of its 943.7 MB are empty (estimated); a new one needs 2.8 GB on the disk at most, and 1000.0 GB are taken to be free',
    ],
    [
      'rebuild index',
      'public.ix_age',
      '40% of its 104.9 MB are empty (measured); a new one needs 314.6 MB on the disk at most, and 1000.0 GB are taken to be free',
    ],
  ]);
});

test('without room on the disk nothing is built, and what is missing is said', () => {
  const { actions, untouched } = plan({ indexes: [index], freeBytes: 300 * mebibyte - 1 });
  expect(actions).toEqual([]);
  expect(untouched).toMatchObject([
    {
      kind: 'refuse',
      target: 'public.ix_age',
      reason: expect.stringContaining('314.6 MB are taken to be free'),
    },
  ]);
  expect(plan({ indexes: [index], freeBytes: 300 * mebibyte }).actions).toHaveLength(1);
});

test('none is begun that may not end in the window, but what is longer than any', () => {
  const late = { window: settings.window, now: new Date('2026-01-01T08:50:00Z') };
  const large = { ...index, bytes: 20_000 * mebibyte };
  const { actions, untouched } = plan({ indexes: [index, { ...large, name: 'ix_large' }] }, {}, late);
  expect(actions.map(({ target }) => target)).toEqual(['public.ix_age']);
  expect(untouched).toMatchObject([
    { kind: 'postpone', target: 'public.ix_large', reason: expect.stringContaining('may take 18 minutes') },
  ]);
  const endless = { ...index, bytes: 300_000 * mebibyte };
  expect(plan({ indexes: [endless], freeBytes: 1e13 }, {}, late).actions).toHaveLength(1);
});

test('outside of the window nothing happens, and it is said when it will', () => {
  const noon = { window: settings.window, now: new Date('2026-01-01T12:00:00Z') };
  const { actions, untouched } = plan({ indexes: [index], invalid: [invalid] }, {}, noon);
  expect(actions).toEqual([]);
  expect(untouched.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/^drop leftover: .*05:00 to 09:00 UTC$/),
    expect.stringMatching(/^rebuild index: .*05:00 to 09:00 UTC$/),
  ]);
});

test.each([
  ['_ccnew', {}, true],
  ['_ccold', { name: 'ix_age_ccold' }, true],
  ['the second of its name', { name: 'ix_age_ccnew1' }, true],
  ['one whose original is gone', { original: null }, false],
  ['one that is being built', { isBeingBuilt: true }, false],
  ['one that serves a constraint', { isOfConstraint: true }, false],
  ['the parent of partitions', { isPartitioned: true }, false],
  ['any other invalid one', { name: 'ix_ccnew_age' }, false],
])('of what is invalid only leftovers of rebuilds are dropped: %s', (_what, more, dropped) => {
  const { actions, notices } = plan({ invalid: [{ ...invalid, ...more }] });
  expect(actions.map(({ kind }) => kind)).toEqual(dropped ? ['drop leftover'] : []);
  const isTold = !dropped && !('isBeingBuilt' in more);
  expect(notices.map(({ kind }) => kind)).toEqual(isTold ? ['invalid index'] : []);
});

test('an invalid one that a constraint hangs on is told as such, with what mends it', () => {
  const { notices } = plan({ invalid: [{ ...invalid, isOfConstraint: true }] });
  expect(notices[0]).toMatchObject({
    reason: expect.stringContaining('a constraint hangs on it'),
    remedy: invalid.mend,
  });
});

test('a name like a statement stays a name', () => {
  const spare = [{ ...unusedIndex, doubledBy: 'public.ix_age', name: 'a"; DROP TABLE patients; --' }];
  const { notices } = plan({ spare });
  expect(notices[0]?.remedy).toBe('DROP INDEX CONCURRENTLY "public"."a""; DROP TABLE patients; --";');
});

test('unused ones are told of once they were counted for long enough; doubled ones at once', () => {
  const doubled = { ...unusedIndex, name: 'ix_twice', doubledBy: 'public.ix_age' };
  const beginning = { ...doubled, name: 'ix_begin', isBeginning: true };
  const spare = [unusedIndex, doubled, beginning];
  expect(plan({ spare }).notices.map(({ kind, reason }) => [kind, reason])).toEqual([
    ['duplicate index', 'public.ix_age does all that it does'],
    ['duplicate index', 'it is the beginning of public.ix_age, which can do its work, if a little slower'],
    [
      'unused index',
      'nobody has used it since 2025-11-01, when counting began, 61 days ago, or since it was made, if that was later',
    ],
  ]);
  expect(plan({ spare }, { hasReplicas: true }).notices[2]?.reason).toContain('replicas');
  const ofExpressions = [{ ...unusedIndex, isOfExpressions: true }];
  expect(plan({ spare: ofExpressions }).notices[0]?.reason).toContain('statistics');
  expect(plan({ spare }).actions).toEqual([]);
});

test('while counting is too young, none is called unused, and it is said since when it counts', () => {
  const spare = [unusedIndex, { ...unusedIndex, name: 'ix_other' }];
  expect(plan({ spare }, { countedSince: '2025-12-10T00:00:00Z' }).notices).toEqual([
    {
      kind: 'unused index',
      target: '2 indexes',
      reason:
        'not used since 2025-12-10, when counting began anew; that tells nothing before 30 days are over',
      bytes: 200 * mebibyte,
      remedy: null,
    },
  ]);
});

test('an index of partitions is dropped with all its parts, and what that costs is said', () => {
  const [notice] = plan({ spare: [{ ...unusedIndex, isPartitioned: true }] }).notices;
  expect(notice?.remedy).toMatch(/^DROP INDEX "public"\."ix_age"; .*locked/);
});
