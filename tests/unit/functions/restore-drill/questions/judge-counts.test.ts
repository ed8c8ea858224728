import { describe, expect, test } from '@jest/globals';
import {
  type Baseline,
  type CountedRelation,
  judgeCounts,
} from '../../../../../functions/restore-drill/questions/judge-counts.ts';
import { type RowBounds, renamedNote, rewrittenNote } from '../../../../../shared/postgres/row-bounds.ts';

const users: CountedRelation = { schema: 'public', name: 'users', unlogged: false, rows: 1_000 };
const counted: RowBounds = {
  schema: 'public',
  table: 'users',
  atLeast: '1000',
  atMost: '1000',
  basis: 'counted',
};
const known = new Set(['public.users']);

const judge = (
  table: Partial<CountedRelation>,
  bounds: Partial<RowBounds> | null,
  more: Partial<Baseline> = {},
) =>
  judgeCounts([{ ...users, ...table }], {
    bounds: bounds && [{ ...counted, ...bounds }],
    lastDrill: null,
    known,
    ...more,
  })
    .slice(0, -1)
    .map(({ status, fact, limit }) => `${status}: ${fact} (${limit})`);

describe('rows that were counted around the snapshot', () => {
  test('pass on both bounds, and fail one beside them', () => {
    expect(judge({ rows: 1_000 }, {})).toEqual([]);
    expect(judge({ rows: 990 }, { atLeast: '990', atMost: '1010' })).toEqual([]);
    expect(judge({ rows: 1_010 }, { atLeast: '990', atMost: '1010' })).toEqual([]);
    expect(judge({ rows: 989 }, { atLeast: '990', atMost: '1010' })).toEqual([
      'fail: public.users has 989 rows: 1 fewer than it can have had when the snapshot was taken. (990 to 1,010 rows)',
    ]);
    expect(judge({ rows: 1_001 }, {})).toEqual([
      'fail: public.users has 1,001 rows: 1 more than it can have had when the snapshot was taken. (1,000 rows)',
    ]);
  });

  test('are held against the snapshot and not against the last drill', () => {
    expect(judge({}, {}, { lastDrill: [{ table: 'public.users', rows: 5 }] })).toEqual([]);
  });
});

describe('rows of which nothing exact is known', () => {
  const estimated = { basis: 'estimated', note: 'over the size up to which rows are counted' } as const;

  test('are told where they are far off, or all gone', () => {
    expect(judge({ rows: 501 }, estimated)).toEqual([]);
    expect(judge({ rows: 2_000 }, estimated)).toEqual([]);
    expect(judge({ rows: 499 }, estimated)).toEqual([
      expect.stringMatching(/^warn: .* has 499 rows, far from/),
    ]);
    expect(judge({ rows: 2_001 }, estimated)).toEqual([expect.stringMatching(/^warn: /)]);
    expect(judge({ rows: 0 }, estimated)).toEqual([
      expect.stringMatching(/^fail: public\.users is empty, and had rows/),
    ]);
  });

  test('a table that was emptied or renamed meanwhile may be empty, and need not be there', () => {
    const rewritten = { basis: 'uncertain', note: rewrittenNote } as const;
    expect(judge({ rows: 0 }, rewritten)).toEqual([expect.stringMatching(/^warn: public\.users is empty/)]);
    const gone = (note: string) =>
      judgeCounts([], {
        bounds: [{ ...counted, basis: 'uncertain', note }],
        lastDrill: null,
        known: new Set(),
      })[0]?.status;
    expect(gone(renamedNote)).toBe('warn');
    expect(gone('the server restarted or its statistics were reset meanwhile')).toBe('fail');
  });

  test('a table that was never analysed has no end upwards', () => {
    expect(judge({ rows: 1e9 }, { basis: 'estimated', atLeast: '0', atMost: null })).toEqual([]);
  });

  test('few rows more or less are no large change', () => {
    expect(judge({ rows: 90 }, null, { lastDrill: [{ table: 'public.users', rows: 1 }] })).toEqual([]);
  });
});

test('an unlogged table is empty after every restore', () => {
  expect(judge({ unlogged: true, rows: 0 }, {})).toEqual([]);
});

test('a table that had rows in the last drill and is unlogged now is named, and how to have it backed up', () => {
  const before = (rows: number) =>
    judgeCounts([{ ...users, unlogged: true, rows: 0 }], {
      bounds: null,
      lastDrill: [{ table: 'public.users', rows }],
      known,
    }).filter(({ status }) => status === 'warn');
  expect(before(1_000)).toEqual([
    expect.objectContaining({
      fact: expect.stringMatching(
        /^public\.users is empty and unlogged; in the last drill it had 1,000 rows\./,
      ),
      advice: expect.stringContaining('ALTER TABLE "public"."users" SET LOGGED;'),
    }),
  ]);
  expect(before(0)).toEqual([]);
});

test('a table that is there and could not be counted is not called missing, and sums up to nothing', () => {
  expect(judgeCounts([], { bounds: [counted], lastDrill: null, known })).toEqual([]);
});

test('a database without any table fails, also where nothing was recorded', () => {
  const findings = judgeCounts([], { bounds: null, lastDrill: null, known: new Set() });
  expect(findings).toEqual([
    expect.objectContaining({ status: 'fail', fact: expect.stringMatching(/^There is no table at all/) }),
  ]);
});

test('tables that are all empty fail where the last drill saw rows, and are warned of where none did', () => {
  const lastDrill = [{ table: 'public.users', rows: 20 }];
  expect(judge({ rows: 0 }, null, { lastDrill })).toContainEqual(
    expect.stringMatching(/^fail: Not a single row was found, .*; in the last drill there were some\./),
  );
  expect(judge({ rows: 0 }, null)).toEqual([expect.stringMatching(/^warn: Not a single row was found/)]);
});

test('of many faults the first ten are told, and how many more there are', () => {
  const tables = Array.from({ length: 14 }, (_, n) => ({ ...users, name: `t${n}`, rows: 1 }));
  const bounds = tables.map(({ name }) => ({ ...counted, table: name }));
  const findings = judgeCounts(tables, {
    bounds,
    lastDrill: null,
    known: new Set(tables.map(({ name }) => `public.${name}`)),
  });
  expect(findings).toHaveLength(12);
  expect(findings[10]).toMatchObject({ status: 'fail', fact: 'Another 4 like these, not named here.' });
});
