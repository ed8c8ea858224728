import { describe, expect, test } from '@jest/globals';
import { type Evidence, proveExport } from '../../../../functions/snapshot-export/proof.ts';
import { boundsOf, fileOf, schemaOf, tableOf, wholeExport } from '../../../support/export-evidence.ts';

const prove = (changes: Partial<Evidence> = {}) => proveExport({ ...wholeExport, ...changes });
const faults = (changes: Partial<Evidence>) => prove(changes).faults;
const folders = (...names: string[]) => names.map((folder) => ({ folder, unfinished: [] }));

test('a whole export is proved, with the rows of every file of a table', () => {
  expect(prove()).toEqual({
    tables: [
      {
        folder: 'public.patients',
        tables: ['public.patients'],
        rows: 10,
        bytes: 200,
        files: 2,
        against: 'exact count',
      },
      {
        folder: 'public.visits',
        tables: ['public.visits'],
        rows: 0,
        bytes: 0,
        files: 0,
        against: 'exact count',
      },
    ],
    faults: [],
    notes: [],
    skipped: [],
  });
});

test('the same evidence gives the same proof', () => {
  expect(JSON.stringify(prove())).toBe(JSON.stringify(prove()));
});

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

  test.each([
    ['estimated', 'estimate'],
    ['uncertain', 'uncertain counts'],
  ] as const)('that could only be %s are a note, never a fault', (basis, against) => {
    const proof = prove(withBounds(90, 100, { basis, note: 'why' }));
    expect(proof.faults).toEqual([]);
    expect(proof.tables[0]?.against).toBe(against);
    expect(proof.notes).toEqual([
      'public.patients: rows not proved: why (10 rows exported, about 90 to 100 in the database)',
    ]);
    expect(prove(withBounds(10, 10, { basis, note: 'why' })).notes).toEqual([
      'public.patients: rows not proved: why',
    ]);
  });

  test('of an adopted snapshot have no counts to be held against', () => {
    const proof = prove({ bounds: undefined });
    expect(proof.faults).toEqual([]);
    expect(proof.tables.map(({ against }) => against)).toEqual(['no counts', 'no counts']);
  });

  test('of a table that came meanwhile are a note', () => {
    const proof = prove({ bounds: [boundsOf('patients', 10, 10)] });
    expect(proof.faults).toEqual([]);
    expect(proof.notes).toEqual([
      'public.visits: not counted before and after the snapshot: the table came or went meanwhile',
    ]);
  });
});

describe('tables that share a folder, once odd characters are replaced', () => {
  const shared = {
    schema: schemaOf([tableOf('a b'), tableOf('a_b'), tableOf('a"b')]),
    folders: folders('public.a_b'),
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
});

describe('partitions', () => {
  const partitionOf = { schema: 'public', name: 'visits', bound: '' };
  const schema = schemaOf([
    tableOf('visits', { kind: 'partitioned table' }),
    tableOf('visits_1', { partitionOf }),
    tableOf('visits_2', { kind: 'partitioned table', partitionOf }),
    tableOf('visits_2a', { partitionOf: { schema: 'public', name: 'visits_2', bound: '' } }),
  ]);
  const bounds = [boundsOf('visits_1', 5, 5), boundsOf('visits_2a', 7, 7)];

  test('may lie in folders of their own', () => {
    const files = [fileOf('public.visits_1', 5), fileOf('public.visits_2a', 7)];
    const proof = prove({ schema, bounds, folders: folders('public.visits_1', 'public.visits_2a'), files });
    expect(proof.faults).toEqual([]);
    expect(proof.tables.map(({ folder, rows }) => [folder, rows])).toEqual([
      ['public.visits_1', 5],
      ['public.visits_2a', 7],
    ]);
  });

  test('may lie together in the folder of their parent', () => {
    const proof = prove({
      schema,
      bounds,
      folders: folders('public.visits'),
      files: [fileOf('public.visits', 12)],
    });
    expect(proof).toMatchObject({
      faults: [],
      tables: [{ folder: 'public.visits', tables: ['public.visits_1', 'public.visits_2a'], rows: 12 }],
    });
  });

  test('are missed where neither is there', () => {
    expect(
      faults({ schema, bounds, folders: folders('public.visits_1'), files: [fileOf('public.visits_1', 5)] }),
    ).toEqual(['public.visits_2a is not in the export, and no warning names it.']);
  });

  test('are chosen with their parent', () => {
    const chosen = ['public.visits'];
    const proof = prove({
      schema,
      bounds,
      chosen,
      folders: folders('public.visits'),
      files: [fileOf('public.visits', 12)],
    });
    expect(proof.faults).toEqual([]);
    expect(faults({ schema, bounds, chosen, folders: [], files: [] })).toHaveLength(2);
  });
});

describe('what an export does not hold', () => {
  test('unlogged, foreign and partitioned tables are not missed', () => {
    const tables = [
      tableOf('scratch', { unlogged: true }),
      tableOf('far', { kind: 'foreign table' }),
      tableOf('parted', { kind: 'partitioned table' }),
    ];
    expect(prove({ schema: schemaOf([...wholeExport.schema.tables, ...tables]) })).toMatchObject({
      faults: [],
      notes: [],
    });
  });

  test('a table that was not chosen is not missed; a chosen one is', () => {
    const chosen = ['public.patients'];
    expect(faults({ chosen, folders: folders('public.patients') })).toEqual([]);
    expect(faults({ chosen, folders: folders('public.visits') })).toEqual([
      'public.patients is not in the export, and no warning names it.',
    ]);
  });

  test.each(['public.nowhere', 'public.scratch'])(
    '%s, which no export can hold, must not be chosen',
    (name) => {
      const schema = schemaOf([...wholeExport.schema.tables, tableOf('scratch', { unlogged: true })]);
      expect(faults({ schema, chosen: ['public.patients', name] })).toEqual([
        `${name} was chosen, and is no table that an export can hold.`,
      ]);
    },
  );

  test('a folder that no table explains is a note', () => {
    expect(prove({ folders: [...wholeExport.folders, ...folders('public.gone')] })).toMatchObject({
      faults: [],
      notes: ['public.gone: in the export, and not in the schema that was saved'],
    });
  });
});

describe('files', () => {
  test('without _SUCCESS beside them are a fault', () => {
    const unfinished = [
      { folder: 'public.patients', unfinished: ['exports/e/shop/public.patients/2'] },
      ...folders('public.visits'),
    ];
    expect(faults({ folders: unfinished })).toEqual([
      'exports/e/shop/public.patients/2 has Parquet files and no _SUCCESS: writing it was not finished.',
    ]);
  });

  test('that are broken are a fault', () => {
    expect(faults({ brokenFiles: ['x is not a whole Parquet file: y.'] })).toEqual([
      'x is not a whole Parquet file: y.',
    ]);
  });

  test('with wrong columns are a fault, and a note where the schema may be newer than the snapshot', () => {
    const columnFaults = [{ folder: 'public.patients', fault: 'the column "id" (integer) is missing' }];
    const line = 'public.patients: the column "id" (integer) is missing.';
    expect(prove({ columnFaults })).toMatchObject({ faults: [line], notes: [] });
    expect(prove({ columnFaults, schemaIsOfTheSnapshot: false })).toMatchObject({
      faults: [],
      notes: [line],
    });
  });
});
