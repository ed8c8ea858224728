import { describe, expect, test } from '@jest/globals';
import type { Evidence } from '../../../../functions/snapshot-export/evidence.ts';
import { proveExport } from '../../../../functions/snapshot-export/proof.ts';
import {
  adoptedExport,
  boundsOf,
  fileOf,
  foldersOf,
  schemaOf,
  sizeOf,
  tableOf,
  wholeExport,
} from '../../../support/export-evidence.ts';

const prove = (changes: Partial<Evidence> = {}) => proveExport({ ...wholeExport, ...changes });
const faults = (changes: Partial<Evidence>) => prove(changes).faults;

describe('rows', () => {
  const withBounds = (atLeast: number, atMost: number, more = {}) => ({
    bounds: [boundsOf('patients', atLeast, atMost, more), boundsOf('visits', 0, 0)],
  });

  test.each([
    [10, 10, 'exact count'],
    [9, 10, 'bounds'],
    [10, 11, 'bounds'],
    [0, 99, 'bounds'],
  ])('10 within %i to %i are proved by %s', (atLeast, atMost, against) => {
    const { tables, faults: found } = prove(withBounds(atLeast, atMost));
    expect(found).toEqual([]);
    expect(tables[0]?.against).toBe(against);
  });

  test.each([
    [9, 9, 'public.patients: 10 rows were exported, and the snapshot holds 9.'],
    [11, 12, 'public.patients: 10 rows were exported, and the snapshot holds 11 to 12.'],
    [0, 9, 'public.patients: 10 rows were exported, and the snapshot holds 0 to 9.'],
  ])('10 outside of %i to %i are a fault', (atLeast, atMost, fault) => {
    expect(faults(withBounds(atLeast, atMost))).toEqual([fault]);
  });

  test('of a lost file are missed', () => {
    expect(faults({ files: [fileOf('public.patients', 6)] })).toHaveLength(1);
  });

  test('that are fewer than an estimate, or more, are a note', () => {
    const estimated = (atLeast: number) =>
      prove(withBounds(atLeast, 100, { basis: 'estimated', note: 'why' }));
    expect(estimated(20)).toMatchObject({
      faults: [],
      tables: [{ against: 'estimate' }, { against: 'exact count' }],
      notes: ['public.patients: rows not proved: why (10 rows exported, about 20 to 100 in the database)'],
    });
    expect(estimated(10).notes).toEqual(['public.patients: rows not proved: why']);
  });

  test('that are fewer than half of the smaller estimate are a fault', () => {
    const estimate = { basis: 'estimated', note: 'why' } as const;
    expect(prove(withBounds(20, 900, estimate)).faults).toEqual([]);
    expect(prove(withBounds(21, 900, estimate)).faults).toEqual([
      'public.patients: 10 rows were exported, and the snapshot must hold 11 at least: about 21 to 900 were in the database.',
    ]);
  });

  test('that nobody counted or estimated are a note, which names no number', () => {
    const bounds = [
      boundsOf('patients', 0, 0, { basis: 'estimated', atMost: null, note: 'why' }),
      boundsOf('visits', 0, 0),
    ];
    expect(prove({ bounds })).toMatchObject({
      faults: [],
      tables: [{ against: 'estimate' }, { against: 'exact count' }],
      notes: ['public.patients: rows not proved: why'],
    });
    expect(faults({ bounds, folders: foldersOf('public.visits'), files: [] })).toEqual([
      'public.patients is not in the export, and no warning names it.',
    ]);
  });

  test('whose counts are uncertain are a note', () => {
    const proof = prove(withBounds(90, 100, { basis: 'uncertain', note: 'why' }));
    expect(proof).toMatchObject({
      faults: [],
      tables: [{ against: 'uncertain counts' }, { against: 'exact count' }],
      notes: ['public.patients: rows not proved: why (10 rows exported, about 90 to 100 in the database)'],
    });
  });

  test('of a table that came meanwhile are a note', () => {
    const proof = prove({ bounds: [boundsOf('patients', 10, 10)] });
    expect(proof.faults).toEqual([]);
    expect(proof.notes).toEqual([
      'public.visits: rows not proved: not counted before and after the snapshot: the table came or went meanwhile',
    ]);
  });
});

describe('a table whose folder holds no row at all', () => {
  const empty = (changes: Partial<Evidence>) => faults({ files: [], ...changes });
  const bounded = (atLeast: number, atMost: number, basis: 'counted' | 'estimated' | 'uncertain') =>
    empty({
      bounds: [boundsOf('patients', atLeast, atMost, { basis, note: 'why' }), boundsOf('visits', 0, 0)],
    });

  test('is a fault where rows were counted, estimated or seen twice', () => {
    expect(bounded(1, 10, 'counted')).toHaveLength(1);
    expect(bounded(50_000_000, 50_000_000, 'estimated')).toHaveLength(1);
    expect(bounded(1, 1, 'estimated')).toHaveLength(1);
    expect(bounded(2_000, 2_000, 'uncertain')).toEqual([
      'public.patients: 0 rows were exported, and the snapshot must hold 1 at least: about 2000 were in the database.',
    ]);
  });

  test('is none where something says that it may have been empty', () => {
    expect(bounded(0, 10, 'counted')).toEqual([]);
    expect(bounded(0, 2_000, 'uncertain')).toEqual([]);
  });

  test('is a fault in an adopted snapshot where the database had rows', () => {
    const adopted = (sizes: Evidence['sizes']) => proveExport({ ...adoptedExport, files: [], sizes });
    expect(adopted([sizeOf('patients', 10, 8_192), sizeOf('visits', 0, 0)]).faults).toEqual([
      expect.stringMatching(/^public\.patients: no row was exported, and about 10 rows in 8192 bytes were/),
    ]);
    expect(adopted([sizeOf('patients', 0, 8_192)]).faults).toEqual([]);
    expect(adopted([sizeOf('patients', 10, 0)]).faults).toEqual([]);
    expect(adopted([]).faults).toEqual([]);
  });

  test('is a note in an adopted snapshot where nothing was ever analysed', () => {
    const proof = proveExport({ ...adoptedExport, files: [], sizes: [sizeOf('patients', null, 8_192)] });
    expect(proof.faults).toEqual([]);
    expect(proof.notes).toContain(
      'public.patients: no row was exported, and 8192 bytes were in the database, never analysed',
    );
  });
});

test('the rows of an adopted snapshot are held against nothing, which one note says for all tables', () => {
  const proof = proveExport(adoptedExport);
  expect(proof.faults).toEqual([]);
  expect(proof.notes).toEqual(['rows not proved: no counts exist of an adopted snapshot']);
  expect(proof.tables.map(({ against }) => against)).toEqual(['no counts', 'no counts']);
});

test('nor are those of a snapshot of our own around which counting failed, and the note says that', () => {
  const proof = proveExport({ ...adoptedExport, adopted: false });
  expect(proof.faults).toEqual([]);
  expect(proof.notes).toEqual(['rows not proved: counting around this job’s own snapshot had failed']);
});

describe('tables that share a folder, once odd characters are replaced', () => {
  const shared = {
    schema: schemaOf([tableOf('a b'), tableOf('a_b'), tableOf('a"b')]),
    metadata: { ...wholeExport.metadata, targets: ['shop.public.a b', 'shop.public.a_b', 'shop.public.a"b'] },
    folders: foldersOf('public.a_b'),
  };
  const bounds = [boundsOf('a b', 1, 1), boundsOf('a_b', 2, 3), boundsOf('a"b', 4, 4)];

  test('are held together against the sum of their counts', () => {
    const proof = prove({ ...shared, bounds, files: [fileOf('public.a_b', 8)] });
    expect(proof).toMatchObject({
      faults: [],
      tables: [{ tables: ['public.a b', 'public.a_b', 'public.a"b'], rows: 8, against: 'bounds' }],
    });
  });

  test('and one that is not there is missed by its rows', () => {
    expect(faults({ ...shared, bounds, files: [fileOf('public.a_b', 4)] })).toEqual([
      'public.a_b: 4 rows were exported, and the snapshot holds 7 to 8.',
    ]);
  });

  test('and have no upper bound where one of them was never estimated', () => {
    const unknown = { basis: 'estimated', atMost: null, note: 'why' } as const;
    const some = [boundsOf('a b', 5, 5), boundsOf('a_b', 0, 0, unknown), boundsOf('a"b', 4, 4)];
    const found = (rows: number) => faults({ ...shared, bounds: some, files: [fileOf('public.a_b', rows)] });
    expect(found(900)).toEqual([]);
    expect(found(8)).toEqual([
      'public.a_b: 8 rows were exported, and the snapshot must hold 9 at least: about 9 or more were in the database.',
    ]);
  });

  test('and are missed where only some of them could be counted', () => {
    const some = [boundsOf('a b', 5, 5), boundsOf('a_b', 9, 9, { basis: 'uncertain', note: 'why' })];
    const found = (rows: number) =>
      faults({ ...shared, bounds: some, files: [fileOf('public.a_b', rows)] }).length;
    expect([found(6), found(5), found(0)]).toEqual([0, 1, 1]);
  });
});
