import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { CountedTable, Moment, SettledCounters } from '../../../shared/postgres/moment.ts';
import { rowBounds } from '../../../shared/postgres/row-bounds.ts';

const marks = {
  serverVersion: 150018,
  startedAt: '2026-01-01',
  statsReset: null,
  walStatsReset: '2026-01-01',
};
const table: CountedTable = {
  schema: 'public',
  table: 'patients',
  oid: '16400',
  fileNode: '16400',
  rows: '10',
  exact: true,
  counters: { inserted: '12', deleted: '2' },
};
const moment = (tables: readonly CountedTable[], more: Partial<Moment> = {}): Moment => ({
  readAt: '2026-01-02T03:30:00Z',
  lsn: '0/1',
  marks,
  tables,
  ...more,
});
const settled = (
  inserted: string,
  deleted: string,
  more: Partial<SettledCounters> = {},
): SettledCounters => ({
  readAt: '2026-01-02T03:31:00Z',
  marks,
  counters: { '16400': { inserted, deleted } },
  sessionsHoldingBack: 0,
  ...more,
});

/** One transaction: rows that it inserts and deletes, and whether it commits. Counters count it either way. */
interface Write {
  readonly inserts: number;
  readonly deletes: number;
  readonly commits: boolean;
}
const writes = fc.array(
  fc.record({
    inserts: fc.integer({ min: 0, max: 50 }),
    deletes: fc.integer({ min: 0, max: 50 }),
    commits: fc.boolean(),
  }),
  { maxLength: 8 },
);

/** A table as it really is: its rows, and everything that its sessions have counted. */
class SimulatedTable {
  rows: bigint;
  inserted = 0n;
  deleted = 0n;

  constructor(rows: number) {
    this.rows = BigInt(rows);
  }

  apply(history: readonly Write[]): this {
    for (const { inserts, deletes, commits } of history) {
      const gone = BigInt(deletes) > this.rows ? this.rows : BigInt(deletes);
      this.inserted += BigInt(inserts);
      this.deleted += gone;
      if (commits) this.rows += BigInt(inserts) - gone;
    }
    return this;
  }

  /** The counters as they are read: what is still held back is missing from them. */
  counters(heldBackInserts = 0n, heldBackDeletes = 0n) {
    return {
      inserted: String(this.inserted - heldBackInserts),
      deleted: String(this.deleted - heldBackDeletes),
    };
  }
}

describe('the rows of a snapshot between two counts', () => {
  test('are within bounds, whatever was committed and rolled back before and after it', () => {
    const history = fc.record({
      start: fc.integer({ min: 0, max: 200 }),
      unreported: fc.integer({ min: 0, max: 5 }),
      earlier: writes,
      before: writes,
      after: writes,
      later: writes,
    });
    fc.assert(
      fc.property(history, ({ start, unreported, earlier, before, after, later }) => {
        const real = new SimulatedTable(start).apply(earlier);
        // Counters are read before the count, and may miss what was written shortly before them.
        const missed = BigInt(Math.min(unreported, Number(real.inserted)));
        const first = { ...table, counters: real.counters(missed), rows: String(real.rows) };
        const truth = real.apply(before).rows;
        const second = { ...table, counters: real.counters(), rows: String(real.apply(after).rows) };
        const { inserted, deleted } = real.apply(later).counters();
        const [bounds] = rowBounds(moment([first]), moment([second]), settled(inserted, deleted));
        expect(bounds?.basis).toBe('counted');
        expect(truth).toBeGreaterThanOrEqual(BigInt(bounds?.atLeast ?? -1));
        expect(truth).toBeLessThanOrEqual(BigInt(bounds?.atMost ?? -1));
      }),
      { numRuns: 2_000 },
    );
  });

  test('are known exactly where nothing was written', () => {
    expect(rowBounds(moment([table]), moment([table]), settled('12', '2'))).toEqual([
      { schema: 'public', table: 'patients', atLeast: '10', atMost: '10', basis: 'counted' },
    ]);
  });

  test('are known exactly where rows were only added, or only taken, and then none', () => {
    const grown = { ...table, rows: '15' };
    expect(rowBounds(moment([table]), moment([grown]), settled('17', '2'))).toMatchObject([
      { atLeast: '10', atMost: '15' },
    ]);
    const shrunk = { ...table, rows: '4' };
    expect(rowBounds(moment([table]), moment([shrunk]), settled('12', '8'))).toMatchObject([
      { atLeast: '4', atMost: '10' },
    ]);
  });

  test('are never fewer than none', () => {
    const [bounds] = rowBounds(moment([table]), moment([table]), settled('112', '102'));
    expect(bounds).toMatchObject({ atLeast: '0', atMost: '110', basis: 'counted' });
  });

  test('may be more than a double can count', () => {
    const rows = '9007199254740993';
    expect(
      rowBounds(moment([{ ...table, rows }]), moment([{ ...table, rows }]), settled('13', '3')),
    ).toMatchObject([{ atLeast: '9007199254740992', atMost: '9007199254740994' }]);
  });
});

describe('nothing is proved where', () => {
  const after = moment([table]);
  const cases: readonly [string, Moment, Moment, SettledCounters, RegExp][] = [
    [
      'the server restarted',
      moment([table]),
      moment([table], { marks: { ...marks, startedAt: 'x' } }),
      settled('12', '2'),
      /restarted/,
    ],
    [
      'statistics were reset',
      moment([table]),
      moment([table], { marks: { ...marks, statsReset: 'x' } }),
      settled('12', '2'),
      /reset/,
    ],
    [
      'a crash lost the counters',
      moment([table]),
      after,
      settled('12', '2', { marks: { ...marks, walStatsReset: 'x' } }),
      /restarted or/,
    ],
    [
      'the server is older than 15',
      moment([table], { marks: { ...marks, serverVersion: 149_999 } }),
      after,
      settled('12', '2'),
      /before version 15/,
    ],
    [
      'a session reports late',
      moment([table]),
      after,
      settled('12', '2', { sessionsHoldingBack: 1 }),
      /^1 session had not/,
    ],
    [
      'several sessions do',
      moment([table]),
      after,
      settled('12', '2', { sessionsHoldingBack: 2 }),
      /^2 sessions had not/,
    ],
    [
      'the table was truncated',
      moment([table]),
      moment([{ ...table, fileNode: '16500' }]),
      settled('12', '2'),
      /truncated/,
    ],
    [
      'the counters contradict the counts',
      moment([table]),
      moment([{ ...table, rows: '11' }]),
      settled('12', '2'),
      /do not explain/,
    ],
    [
      'the table went before its counters were read again',
      moment([table]),
      after,
      settled('0', '0', { counters: {} }),
      /dropped/,
    ],
  ];
  test.each(cases)('%s', (_what, before, later, counters, note) => {
    expect(rowBounds(before, later, counters)).toEqual([
      expect.objectContaining({ basis: 'uncertain', note: expect.stringMatching(note) }),
    ]);
  });

  test('a table could not be counted on one side: an estimate says why', () => {
    const locked = { ...table, exact: false, uncounted: '55P03 lock_not_available' };
    for (const [one, other] of [
      [table, locked],
      [locked, table],
    ] as const) {
      expect(rowBounds(moment([one]), moment([other]), settled('12', '2'))).toMatchObject([
        { basis: 'estimated', note: '55P03 lock_not_available' },
      ]);
    }
  });

  test('a table was too large to count: an estimate says so', () => {
    const large = { ...table, exact: false, rows: '900' };
    const larger = { ...large, rows: '1000' };
    for (const [one, other] of [
      [large, larger],
      [larger, large],
    ] as const) {
      expect(rowBounds(moment([one]), moment([other]), settled('12', '2'))).toMatchObject([
        { atLeast: '900', atMost: '1000', basis: 'estimated' },
      ]);
    }
    expect(rowBounds(moment([table]), moment([larger]), settled('12', '2'))).toMatchObject([
      { basis: 'estimated' },
    ]);
  });
});

describe('a table that is too large to count and was never analysed', () => {
  const unknown = { ...table, exact: false, rows: null };
  const note = 'over the size up to which rows are counted, and without an estimate: never analysed';

  test.each([
    ['at both moments', unknown, unknown],
    ['at the first', unknown, { ...unknown, rows: '1000' }],
    ['at the second', { ...unknown, rows: '1000' }, unknown],
  ])('%s has no bounds that say anything, and is not taken for empty', (_when, first, second) => {
    expect(rowBounds(moment([first]), moment([second]), settled('12', '2'))).toEqual([
      { schema: 'public', table: 'patients', atLeast: '0', atMost: null, basis: 'estimated', note },
    ]);
  });

  test('and was renamed neither', () => {
    const [old, now] = [unknown, { ...unknown, table: 'people' }];
    const bounds = rowBounds(moment([old]), moment([now]), settled('12', '2'));
    expect(bounds.map(({ atLeast, atMost }) => [atLeast, atMost])).toEqual([
      ['0', null],
      ['0', null],
    ]);
  });
});

test('a table that came, went, or was made anew under its old name has no bounds', () => {
  const anew = { ...table, oid: '16999' };
  expect(rowBounds(moment([table]), moment([]), settled('12', '2'))).toEqual([]);
  expect(rowBounds(moment([]), moment([table]), settled('12', '2'))).toEqual([]);
  expect(rowBounds(moment([table]), moment([anew]), settled('12', '2'))).toEqual([]);
});

describe('names that meant different tables at the two counts', () => {
  const named = (name: string, oid: string, rows: string): CountedTable => ({
    ...table,
    table: name,
    oid,
    rows,
    counters: { inserted: rows, deleted: '0' },
  });
  const counters = (...tables: readonly CountedTable[]) =>
    settled('0', '0', { counters: Object.fromEntries(tables.map((each) => [each.oid, each.counters])) });
  const bounds = (before: readonly CountedTable[], after: readonly CountedTable[]) =>
    rowBounds(moment(before), moment(after), counters(...before, ...after));
  const note = expect.stringMatching(/renamed meanwhile/);

  test('a renamed table is uncertain under both names', () => {
    expect(bounds([named('patients', '1', '10')], [named('people', '1', '12')])).toEqual([
      { schema: 'public', table: 'patients', atLeast: '10', atMost: '12', basis: 'uncertain', note },
      { schema: 'public', table: 'people', atLeast: '10', atMost: '12', basis: 'uncertain', note },
    ]);
  });

  test('a table that was moved into another schema is uncertain under both names', () => {
    const [old, moved] = [named('patients', '1', '10'), { ...named('patients', '1', '10'), schema: 'old' }];
    expect(bounds([old], [moved]).map(({ schema, basis }) => [schema, basis])).toEqual([
      ['public', 'uncertain'],
      ['old', 'uncertain'],
    ]);
  });

  test('two tables that were swapped are uncertain, each between what either held, and listed once', () => {
    const before = [named('live', '1', '900'), named('next', '2', '0')];
    const after = [named('next', '1', '900'), named('live', '2', '5')];
    const range = { atLeast: '0', atMost: '900', basis: 'uncertain', note };
    expect(bounds(before, after)).toEqual([
      { schema: 'public', table: 'live', ...range },
      { schema: 'public', table: 'next', ...range },
    ]);
  });

  test('a new table in the place of a renamed one may have been empty', () => {
    const before = [named('live', '1', '900')];
    const after = [named('old', '1', '900'), named('live', '2', '5')];
    expect(bounds(before, after)).toMatchObject([
      { table: 'live', atLeast: '0', atMost: '900', basis: 'uncertain' },
      { table: 'old', atLeast: '900', atMost: '900', basis: 'uncertain' },
    ]);
  });

  test('its neighbours stay counted', () => {
    const other = named('visits', '3', '4');
    const found = bounds([named('a', '1', '1'), other], [named('b', '1', '1'), other]);
    expect(found.find((each) => each.table === 'visits')).toMatchObject({ basis: 'counted', atLeast: '4' });
  });
});

test('where nothing is proved, the bounds are the two counts themselves', () => {
  const emptied = { ...table, rows: '4' };
  const lost = settled('0', '0', { marks: { ...marks, statsReset: 'x' } });
  expect(rowBounds(moment([table]), moment([emptied]), lost)).toMatchObject([
    { atLeast: '4', atMost: '10', basis: 'uncertain' },
  ]);
});
