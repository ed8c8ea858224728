import { describe, expect, test } from '@jest/globals';
import { parseWarning } from '../../../../functions/snapshot-export/export-metadata.ts';
import { type Evidence, proveExport } from '../../../../functions/snapshot-export/proof.ts';
import { schemaOf, tableOf, wholeExport } from '../../../support/export-evidence.ts';

/** `visits` was left out. */
const withoutVisits: Evidence = {
  ...wholeExport,
  folders: wholeExport.folders.filter(({ folder }) => folder !== 'public.visits'),
};
const prove = (changes: Partial<Evidence>) => proveExport({ ...withoutVisits, ...changes });
const warned = (...skippedTables: unknown[]) => parseWarning(JSON.stringify({ skippedTables }));

test('a table that is missing without a word is a fault', () => {
  expect(prove({})).toMatchObject({
    faults: ['public.visits is not in the export, and no warning names it.'],
    skipped: [],
  });
});

test('a table that was skipped with a warning is a fault that says how to accept it', () => {
  for (const name of ['public.visits', 'shop.public.visits', '"public"."visits"']) {
    expect(prove({ warning: warned(name) }).faults).toEqual([
      'public.visits was skipped with a warning. If that is as it should be, name it in "acceptSkipped".',
    ]);
  }
});

test('a skip that the config accepts is told and is no fault', () => {
  for (const warning of [warned(), warned('shop.public.visits')]) {
    expect(prove({ acceptSkipped: ['public.visits'], warning })).toMatchObject({
      faults: [],
      skipped: ['public.visits'],
    });
  }
});

test('accepting one accepts no other', () => {
  expect(prove({ acceptSkipped: ['public.visit', 'visits', 'other.visits'] }).faults).toHaveLength(1);
});

test('accepting a table that is there changes nothing', () => {
  expect(proveExport({ ...wholeExport, acceptSkipped: ['public.patients'] })).toMatchObject({
    faults: [],
    skipped: [],
  });
});

describe('a warning', () => {
  const whole = (changes: Partial<Evidence>) => proveExport({ ...wholeExport, ...changes }).faults;

  test('that names a table which is there is a fault all the same', () => {
    expect(whole({ warning: warned('shop.public.patients') })).toEqual([
      'A warning of the service names shop.public.patients. If that is as it should be, name it in "acceptSkipped".',
    ]);
  });

  test('that names what is never exported is none', () => {
    const schema = schemaOf([...wholeExport.schema.tables, tableOf('scratch', { unlogged: true })]);
    expect(whole({ schema, warning: warned('shop.public.scratch') })).toEqual([]);
  });

  test('that concerns no table is a fault', () => {
    const warning = parseWarning('{"general":[{"reason":"FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE"}]}');
    expect(whole({ warning })).toEqual(['The service warns: FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE.']);
  });

  test.each([
    '{"skippedTables":["visits"]}',
    '{"skippedObjectives":[{"reason":"PERMISSIONS_DO_NOT_EXIST"}]}',
    '{"somethingNew":{"code":5}}',
    'plain words',
    '[1]',
  ])('%s, whose shape nobody knows, is never passed over', (text) => {
    expect(whole({ warning: parseWarning(text) })).not.toEqual([]);
  });
});

describe('the metadata of the export', () => {
  const whole = (metadata: Partial<Evidence['metadata']>, more: Partial<Evidence> = {}) =>
    proveExport({ ...wholeExport, ...more, metadata: { ...wholeExport.metadata, ...metadata } }).faults;

  test('must be there', () => {
    expect(whole({ infoFiles: 0, tableInfoFiles: 0 })).toEqual([
      'export_info_*.json is missing.',
      'export_tables_info_*.json is missing.',
    ]);
  });

  test('names each table that is not complete, unless it is accepted', () => {
    const incomplete = [{ target: 'shop.public.visits', status: 'FAILED' }];
    expect(whole({ incomplete })).toEqual(['shop.public.visits: FAILED.']);
    expect(whole({ incomplete }, { acceptSkipped: ['public.visits'] })).toEqual([]);
  });
});
