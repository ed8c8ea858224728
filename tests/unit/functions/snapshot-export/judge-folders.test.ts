import { describe, expect, test } from '@jest/globals';
import type { Evidence } from '../../../../functions/snapshot-export/evidence.ts';
import { proveExport } from '../../../../functions/snapshot-export/proof.ts';
import { fileOf, foldersOf, wholeExport } from '../../../support/export-evidence.ts';

const prove = (changes: Partial<Evidence> = {}) => proveExport({ ...wholeExport, ...changes });

describe('a folder that no table explains', () => {
  const [gone] = foldersOf('public.gone');
  const folders = [...wholeExport.folders, ...(gone ? [gone] : [])];

  test('is a note', () => {
    expect(prove({ folders })).toMatchObject({
      faults: [],
      notes: ['public.gone: in the export, and not in the schema that was saved'],
    });
    expect(prove({ folders }).tables).toHaveLength(2);
  });

  test('is proved by its files, against no counts', () => {
    const files = [...wholeExport.files, fileOf('public.gone', 7)];
    expect(prove({ folders, files }).tables[2]).toEqual({
      folder: 'public.gone',
      tables: [],
      rows: 7,
      bytes: 100,
      files: 1,
      against: 'no counts',
    });
  });

  test('must be finished as well', () => {
    const unfinished = [...wholeExport.folders, { folder: 'public.gone', unfinished: ['x/public.gone/1'] }];
    expect(prove({ folders: unfinished }).faults).toEqual([
      'x/public.gone/1 has Parquet files and no _SUCCESS: writing it was not finished.',
    ]);
  });
});

test('files of a table that was not chosen are kept in the proof, and are a note', () => {
  expect(prove({ chosen: ['public.visits'] })).toMatchObject({
    faults: [],
    tables: [
      { folder: 'public.visits', tables: ['public.visits'] },
      { folder: 'public.patients', tables: [], rows: 10, against: 'no counts' },
    ],
    notes: ['public.patients: in the export, and no table was expected in it'],
  });
});
