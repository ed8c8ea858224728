import { describe, expect, test } from '@jest/globals';
import type { Evidence } from '../../../../functions/snapshot-export/evidence.ts';
import { proveExport } from '../../../../functions/snapshot-export/proof.ts';
import { foldersOf, wholeExport } from '../../../support/export-evidence.ts';

const prove = (changes: Partial<Evidence> = {}) => proveExport({ ...wholeExport, ...changes });
const faults = (changes: Partial<Evidence>) => prove(changes).faults;

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

describe('files', () => {
  test('without _SUCCESS beside them are a fault', () => {
    const unfinished = [
      { folder: 'public.patients', unfinished: ['exports/e/shop/public.patients/2'] },
      ...foldersOf('public.visits'),
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
