import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SnapshotFact, StoredExportFact } from '../../../../functions/snapshot-export/facts.ts';
import { type Kept, planRetention } from '../../../../functions/snapshot-export/retention.ts';
import { copyOf, ownSnapshot } from '../../../support/snapshot-export-facts.ts';
import { exportSettings } from '../../../support/snapshot-export-request.ts';

const now = new Date('2026-06-01T00:00:00Z');
const dayMs = 86_400_000;
const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs).toISOString();
const retention = { keepNewest: 2, snapshotDays: 10, copyDays: 20, exportDays: 100 };
const context = { stage: 'prod', database: 'menotime', settings: exportSettings({ retention }), now };
const nothing: Kept = { snapshots: [], copies: [], storedExports: [] };

const aged = (days: number, more: Parameters<typeof ownSnapshot>[1] = {}) =>
  ownSnapshot(`s${days}`, { createdAt: daysAgo(days), slot: daysAgo(days).slice(0, 10), ...more });
const stored = (days: number, more: Partial<StoredExportFact> = {}): StoredExportFact => ({
  exportId: `e${days}`,
  database: 'menotime',
  slot: daysAgo(days).slice(0, 10),
  startedAt: daysAgo(days),
  ...more,
});
const deleted = (kept: Partial<Kept>) => planRetention({ ...nothing, ...kept }, context);
const targets = (kept: Partial<Kept>) => deleted(kept).map(({ target }) => target);

describe('snapshots', () => {
  test('go when they are too old and enough newer ones are kept', () => {
    expect(deleted({ snapshots: [aged(30), aged(1), aged(2), aged(9), aged(11)] })).toEqual([
      { kind: 'delete snapshot', target: 's11', reason: 'older than 10 days, and 2 newer ones are kept' },
      { kind: 'delete snapshot', target: 's30', reason: 'older than 10 days, and 2 newer ones are kept' },
    ]);
  });

  test('of the newest N stay, whatever their age', () => {
    expect(targets({ snapshots: [aged(400), aged(300), aged(500)] })).toEqual(['s500']);
    expect(targets({ snapshots: [aged(400), aged(300)] })).toEqual([]);
  });

  test('stay to the end of their last day', () => {
    const kept = [aged(1), aged(2)];
    expect(targets({ snapshots: [...kept, aged(10)] })).toEqual([]);
    const older = { ...aged(10), createdAt: new Date(now.getTime() - 10 * dayMs - 1).toISOString() };
    expect(targets({ snapshots: [...kept, older] })).toEqual(['s10']);
  });

  test('that are not usable do not count among the newest N', () => {
    const creating = aged(0, { status: 'creating', createdAt: null });
    expect(targets({ snapshots: [creating, aged(1, { status: 'failed' }), aged(30), aged(40)] })).toEqual([
      's1',
    ]);
  });

  test('that failed go once another one is usable, and stay where none is', () => {
    const failed = aged(1, { status: 'failed', createdAt: null });
    expect(deleted({ snapshots: [failed, aged(5)] })).toEqual([
      { kind: 'delete snapshot', target: 's1', reason: 'it failed, and another one is usable' },
    ]);
    expect(targets({ snapshots: [failed] })).toEqual([]);
  });

  const enough = [aged(1), aged(2)];
  test.each([
    ['labelled', aged(99, { slot: 'pre-v2' })],
    ['another database’s', aged(99, { database: 'ledger' })],
    ['another stage’s', aged(99, { tags: { ...aged(99).tags, 'nightshift:managed-by': 'nightshift-dev' } })],
    ['another job’s', aged(99, { tags: { ...aged(99).tags, 'nightshift:job': 'backup-verify' } })],
    ['untagged', aged(99, { tags: {} })],
    ['automated', aged(99, { type: 'automated' })],
    ['being made', aged(99, { status: 'creating', createdAt: null })],
    ['being deleted', aged(99, { status: 'deleting' })],
  ])('that are %s stay', (_what, snapshot) => {
    expect(targets({ snapshots: [...enough, snapshot] })).toEqual([]);
  });

  test('that are labelled do not take the place of a nightly one', () => {
    const snapshots = [aged(1, { slot: 'a' }), aged(2, { slot: 'b' }), aged(30), aged(40)];
    expect(targets({ snapshots })).toEqual([]);
  });
});

test('copies have days of their own, and never free a snapshot', () => {
  const copies = [1, 2, 15, 21].map((days) => copyOf(aged(days), { ...aged(days), identifier: `c${days}` }));
  expect(deleted({ copies, snapshots: [aged(99)] })).toEqual([
    { kind: 'delete copy', target: 'c21', reason: 'older than 20 days, and 2 newer ones are kept' },
  ]);
});

describe('exports', () => {
  test('go when they are too old and enough newer ones are kept', () => {
    expect(deleted({ storedExports: [stored(200), stored(1), stored(99), stored(101)] })).toEqual([
      { kind: 'delete export', target: 'e101', reason: 'older than 100 days, and 2 newer ones are kept' },
      { kind: 'delete export', target: 'e200', reason: 'older than 100 days, and 2 newer ones are kept' },
    ]);
    expect(targets({ storedExports: [stored(300), stored(200)] })).toEqual([]);
  });

  test('of another database stay, and do not count', () => {
    const other = { database: 'ledger' };
    expect(
      targets({ storedExports: [stored(1, other), stored(2, other), stored(300, other), stored(200)] }),
    ).toEqual([]);
  });

  test('under a label stay, and do not take the place of a nightly one', () => {
    const labelled = [stored(1, { slot: 'a' }), stored(2, { slot: 'b' }), stored(999, { slot: 'c' })];
    expect(targets({ storedExports: [...labelled, stored(200), stored(300)] })).toEqual([]);
    expect(targets({ storedExports: [...labelled, stored(5), stored(6), stored(300)] })).toEqual(['e300']);
  });
});

describe('whatever there is', () => {
  const snapshot: fc.Arbitrary<SnapshotFact> = fc
    .record({
      days: fc.integer({ min: 0, max: 60 }),
      status: fc.constantFrom('available', 'available', 'available', 'failed', 'creating', 'deleting'),
      type: fc.constantFrom('manual', 'manual', 'manual', 'automated', 'awsbackup'),
      slot: fc.constantFrom('2026-01-02', 'pre-v2'),
      database: fc.constantFrom('menotime', 'menotime', 'ledger'),
      tagged: fc.boolean(),
      id: fc.uuid(),
    })
    .map(({ days, id, tagged, ...more }) =>
      aged(days, { ...more, identifier: id, ...(tagged ? {} : { tags: {} }) }),
    );
  const snapshots = fc.uniqueArray(snapshot, { maxLength: 25, selector: ({ identifier }) => identifier });
  const keepNewest = fc.integer({ min: 1, max: 6 });

  test('the newest N usable ones are left, and nothing is deleted but our own nightly ones', () => {
    fc.assert(
      fc.property(snapshots, keepNewest, (all, keep) => {
        const settings = exportSettings({ retention: { ...retention, keepNewest: keep } });
        const gone = new Set(
          planRetention({ ...nothing, snapshots: all }, { ...context, settings }).map(({ target }) => target),
        );
        const isOurs = ({ tags, type }: SnapshotFact) =>
          type === 'manual' &&
          tags['nightshift:database'] === 'menotime' &&
          tags['nightshift:slot'] === '2026-01-02';
        for (const each of all.filter(({ identifier }) => gone.has(identifier))) {
          expect(isOurs(each)).toBe(true);
          expect(['available', 'failed']).toContain(each.status);
        }
        const usable = all.filter((each) => isOurs(each) && each.status === 'available');
        const left = usable.filter(({ identifier }) => !gone.has(identifier));
        expect(left.length).toBeGreaterThanOrEqual(Math.min(keep, usable.length));
        const youngestGone = usable
          .filter(({ identifier }) => gone.has(identifier))
          .map(({ createdAt }) => createdAt ?? '')
          .sort()
          .at(-1);
        const newerLeft = left.filter(({ createdAt }) => (createdAt ?? '') >= (youngestGone ?? ''));
        if (youngestGone) expect(newerLeft.length).toBeGreaterThanOrEqual(keep);
        if (usable.length <= keep)
          expect(all.filter(({ identifier, status }) => gone.has(identifier) && status !== 'failed')).toEqual(
            [],
          );
      }),
      { numRuns: 500 },
    );
  });
});
