import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SnapshotFact, StoredExportFact } from '../../../../functions/snapshot-export/facts.ts';
import { type Kept, planRetention } from '../../../../functions/snapshot-export/retention.ts';
import { resourceIdentifier } from '../../../../shared/job/slot.ts';
import { copyOf, ownSnapshot } from '../../../support/snapshot-export-facts.ts';
import { exportSettings } from '../../../support/snapshot-export-request.ts';

const now = new Date('2026-06-01T00:00:00Z');
const dayMs = 86_400_000;
const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs).toISOString();
const retention = { keepNewest: 2, snapshotDays: 10, copyDays: 20, exportDays: 100 };
const context = { stage: 'prod', database: 'menotime', settings: exportSettings({ retention }), now };
const nothing: Kept = { snapshots: [], copies: [], storedExports: [], provedExports: [] };

const nightOf = (days: number) => daysAgo(days).slice(0, 10);
/** The name of the night so many days ago. */
const name = (days: number, { slot = nightOf(days), database = 'menotime', attempt = 1 } = {}) =>
  resourceIdentifier({ stage: 'prod', database, slot, attempt });
const aged = (days: number, more: Parameters<typeof ownSnapshot>[1] = {}) => {
  const { slot = nightOf(days), database = 'menotime' } = more;
  return ownSnapshot(name(days, { slot, database }), { createdAt: daysAgo(days), ...more, slot });
};
const stored = (days: number, more: Partial<StoredExportFact> = {}): StoredExportFact => {
  const { slot = nightOf(days), database = 'menotime' } = more;
  return { exportId: name(days, { slot, database }), database, slot, startedAt: daysAgo(days), ...more };
};
const deleted = (kept: Partial<Kept>) => planRetention({ ...nothing, ...kept }, context);
const targets = (kept: Partial<Kept>) => deleted(kept).map(({ target }) => target);
/** Exports that have a manifest, in the order given. */
const proved = (...storedExports: StoredExportFact[]) => ({
  storedExports,
  provedExports: storedExports.map(({ exportId }) => exportId),
});

describe('snapshots', () => {
  test('go when they are too old and enough newer ones are kept', () => {
    const kind = 'delete snapshot';
    const reason = 'older than 10 days, and 2 newer ones are kept';
    expect(deleted({ snapshots: [aged(30), aged(1), aged(2), aged(9), aged(11)] })).toEqual([
      { kind, target: name(11), reason, createdAt: daysAgo(11) },
      { kind, target: name(30), reason, createdAt: daysAgo(30) },
    ]);
  });

  test('of the newest N stay, whatever their age', () => {
    expect(targets({ snapshots: [aged(400), aged(300), aged(500)] })).toEqual([name(500)]);
    expect(targets({ snapshots: [aged(400), aged(300)] })).toEqual([]);
  });

  test('stay to the end of their last day', () => {
    const kept = [aged(1), aged(2)];
    expect(targets({ snapshots: [...kept, aged(10)] })).toEqual([]);
    const older = { ...aged(10), createdAt: new Date(now.getTime() - 10 * dayMs - 1).toISOString() };
    expect(targets({ snapshots: [...kept, older] })).toEqual([name(10)]);
  });

  test('stay while the night that just ran has left none that is usable', () => {
    expect(targets({ snapshots: [aged(400)] })).toEqual([]);
    const tonight = ['creating', 'failed', 'deleting'].map((status) =>
      aged(0, { status, identifier: name(0), createdAt: null }),
    );
    for (const each of tonight) expect(targets({ snapshots: [each, aged(300), aged(400)] })).toEqual([]);
  });

  test('that are not usable do not count among the newest N', () => {
    const creating = aged(0, { status: 'creating', createdAt: null });
    const snapshots = [creating, aged(1, { status: 'failed' }), aged(30), aged(40)];
    expect(targets({ snapshots })).toEqual([]);
    expect(targets({ snapshots: [...snapshots, aged(50)] })).toEqual([name(50)]);
  });

  test('that failed go once one of their night or a later is usable, and stay where none is', () => {
    const failed = aged(5, { status: 'failed', createdAt: null });
    const again = aged(5, { identifier: name(5, { attempt: 2 }) });
    const reason = 'it failed, and one of its night or a later is usable';
    const gone = [{ kind: 'delete snapshot', target: name(5), reason, createdAt: null }];
    expect(deleted({ snapshots: [failed, aged(4)] })).toEqual(gone);
    expect(deleted({ snapshots: [failed, again] })).toEqual(gone);
    expect(targets({ snapshots: [failed, aged(6)] })).toEqual([]);
    expect(targets({ snapshots: [failed] })).toEqual([]);
  });

  const enough = [aged(1), aged(2)];
  const { 'nightshift:keep': _, ...withoutKeep } = aged(99, { slot: 'pre-v2' }).tags;
  test.each([
    ['labelled', aged(99, { slot: 'pre-v2' })],
    ['another database’s', aged(99, { database: 'ledger' })],
    ['another stage’s', aged(99, { tags: { ...aged(99).tags, 'nightshift:managed-by': 'nightshift-dev' } })],
    ['another job’s', aged(99, { tags: { ...aged(99).tags, 'nightshift:job': 'backup-verify' } })],
    ['untagged', aged(99, { tags: {} })],
    ['automated', aged(99, { type: 'automated' })],
    ['being made', aged(99, { status: 'creating', createdAt: null })],
    ['labelled, and have lost the mark to be kept', aged(99, { slot: 'pre-v2', tags: withoutKeep })],
    ['being deleted', aged(99, { status: 'deleting' })],
  ])('that are %s stay', (_what, snapshot) => {
    expect(targets({ snapshots: [...enough, snapshot] })).toEqual([]);
  });

  // `copy-db-snapshot --copy-tags`, and an instance that was restored with its source's tags, hand our tags on.
  test.each([
    'menotime-prod-pre-v1.2.3-20240201',
    `${name(99)}-copy`,
    `copy-of-${name(99)}`,
    `${name(99)}-r1`,
    name(98),
    name(99, { database: 'ledger' }),
    name(99, { slot: 'pre-v2' }),
  ])('that carry our tags and are called %s stay, and do not count', (identifier) => {
    expect(targets({ snapshots: [...enough, aged(99, { identifier })] })).toEqual([]);
    const strangers = [aged(1, { identifier }), aged(2, { identifier: `${identifier}-2` })];
    expect(targets({ snapshots: [...strangers, aged(30), aged(40)] })).toEqual([]);
  });

  test('of a later try go as those of the first do', () => {
    const again = aged(99, { identifier: name(99, { attempt: 12 }) });
    expect(targets({ snapshots: [...enough, again] })).toEqual([again.identifier]);
  });

  test('that are labelled do not take the place of a nightly one', () => {
    const snapshots = [aged(1, { slot: 'a' }), aged(2, { slot: 'b' }), aged(30), aged(40)];
    expect(targets({ snapshots })).toEqual([]);
  });
});

test('copies have days of their own, and never free a snapshot', () => {
  const copies = [1, 2, 15, 21].map((days) => copyOf(aged(days), aged(days)));
  const reason = 'older than 20 days, and 2 newer ones are kept';
  expect(deleted({ copies, snapshots: [aged(99)] })).toEqual([
    { kind: 'delete copy', target: name(21), reason, createdAt: daysAgo(21) },
  ]);
  const stranger = copyOf(aged(99), { ...aged(99), identifier: 'menotime-prod-pre-v1.2.3-20240201' });
  expect(targets({ copies: [...copies.slice(0, 3), stranger] })).toEqual([]);
});

describe('exports', () => {
  test('go when they are too old and enough newer ones are proved', () => {
    const kind = 'delete export';
    const reason = 'older than 100 days, and none of the newest 2 that are proved';
    expect(deleted(proved(stored(1), stored(99), stored(101), stored(200)))).toEqual([
      { kind, target: name(101), reason, createdAt: daysAgo(101) },
      { kind, target: name(200), reason, createdAt: daysAgo(200) },
    ]);
    expect(targets(proved(stored(200), stored(300)))).toEqual([]);
  });

  test('that are not proved do not take the place of one that is', () => {
    const broken = [1, 2, 3, 4].map((days) => stored(days));
    const whole = proved(stored(200), stored(300), stored(400));
    const storedExports = [...broken, ...whole.storedExports];
    expect(targets({ ...whole, storedExports })).toEqual([name(400)]);
  });

  test('that are not proved go by their age alone', () => {
    const whole = proved(stored(200), stored(300));
    const storedExports = [...whole.storedExports, stored(99), stored(101), stored(250)];
    expect(targets({ ...whole, storedExports })).toEqual([name(101), name(250)]);
  });

  test('of another database stay, and do not count', () => {
    const other = { database: 'ledger' };
    const ours = stored(200);
    expect(targets(proved(stored(1, other), stored(2, other), stored(300, other), ours))).toEqual([]);
  });

  test('under a label stay, and do not take the place of a nightly one', () => {
    const labelled = [stored(1, { slot: 'a' }), stored(2, { slot: 'b' }), stored(999, { slot: 'c' })];
    expect(targets(proved(...labelled, stored(200), stored(300)))).toEqual([]);
    expect(targets(proved(...labelled, stored(5), stored(6), stored(300)))).toEqual([name(300)]);
  });

  test('that carry our mark under a name that we did not give stay', () => {
    const copied = stored(300, { exportId: `${name(300)}-copy` });
    expect(targets(proved(stored(1), stored(2), copied))).toEqual([]);
  });

  test('the newest N that are proved are left, whatever else there is', () => {
    const each = fc.record({ days: fc.integer({ min: 0, max: 400 }), whole: fc.boolean() });
    const all = fc.uniqueArray(each, { maxLength: 20, selector: ({ days }) => days });
    fc.assert(
      fc.property(all, (made) => {
        const newest = made.toSorted((a, b) => a.days - b.days);
        const provedExports = newest.filter(({ whole }) => whole).map(({ days }) => name(days));
        const gone = targets({ storedExports: made.map(({ days }) => stored(days)), provedExports });
        for (const exportId of provedExports.slice(0, retention.keepNewest))
          expect(gone).not.toContain(exportId);
        for (const { days } of made.filter((one) => one.days <= 100)) expect(gone).not.toContain(name(days));
      }),
      { numRuns: 500 },
    );
  });
});

describe('whatever there is', () => {
  const snapshot: fc.Arbitrary<SnapshotFact> = fc
    .record({
      days: fc.integer({ min: 0, max: 60 }),
      status: fc.constantFrom('available', 'available', 'available', 'failed', 'creating', 'deleting'),
      type: fc.constantFrom('manual', 'manual', 'manual', 'automated', 'awsbackup'),
      label: fc.constantFrom(undefined, undefined, 'pre-v2'),
      database: fc.constantFrom('menotime', 'menotime', 'ledger'),
      tagged: fc.boolean(),
      named: fc.boolean(),
      attempt: fc.integer({ min: 1, max: 9 }),
    })
    .map(({ days, label, tagged, named, attempt, ...more }) => {
      const slot = label ?? nightOf(days);
      const own = name(days, { slot, database: more.database, attempt });
      const identifier = named ? own : `by-hand-${own}`;
      return aged(days, { ...more, slot, identifier, ...(tagged ? {} : { tags: {} }) });
    });
  const snapshots = fc.uniqueArray(snapshot, { maxLength: 25, selector: ({ identifier }) => identifier });
  const keepNewest = fc.integer({ min: 1, max: 6 });

  test('the newest N usable ones are left, and nothing is deleted but our own nightly ones', () => {
    fc.assert(
      fc.property(snapshots, keepNewest, (all, keep) => {
        const settings = exportSettings({ retention: { ...retention, keepNewest: keep } });
        const gone = new Set(
          planRetention({ ...nothing, snapshots: all }, { ...context, settings }).map(({ target }) => target),
        );
        const isOurs = ({ identifier, tags, type }: SnapshotFact) =>
          type === 'manual' &&
          tags['nightshift:database'] === 'menotime' &&
          tags['nightshift:slot'] !== 'pre-v2' &&
          !identifier.startsWith('by-hand-');
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
