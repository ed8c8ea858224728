import { describe, expect, test } from '@jest/globals';
import type { Evidence } from '../../../../functions/snapshot-export/evidence.ts';
import { parseWarning } from '../../../../functions/snapshot-export/export-metadata.ts';
import { proveExport } from '../../../../functions/snapshot-export/proof.ts';
import {
  adoptedExport,
  boundsOf,
  schemaOf,
  sizeOf,
  tableOf,
  wholeExport,
} from '../../../support/export-evidence.ts';

/** `visits`, with rows, was left out. */
const withoutVisits: Evidence = {
  ...wholeExport,
  bounds: [boundsOf('patients', 10, 10), boundsOf('visits', 3, 3)],
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

describe('an empty table that is missing', () => {
  const missing = 'public.visits is not in the export, and no warning names it.';
  const bounded = (atMost: number, basis: 'counted' | 'estimated' | 'uncertain') =>
    prove({ bounds: [boundsOf('patients', 10, 10), boundsOf('visits', 0, atMost, { basis, note: 'why' })] });

  test('is a note where no count ever found a row', () => {
    for (const basis of ['counted', 'uncertain'] as const) {
      expect(bounded(0, basis)).toMatchObject({
        faults: [],
        notes: ['public.visits: not in the export, and empty'],
      });
    }
  });

  test('is a fault where it may have had one', () => {
    expect(bounded(1, 'counted').faults).toEqual([missing]);
    expect(bounded(0, 'estimated').faults).toEqual([missing]);
  });

  test('is a note in an adopted snapshot where it takes no byte', () => {
    const adopted = (bytes: number) =>
      proveExport({
        ...adoptedExport,
        folders: withoutVisits.folders,
        sizes: [sizeOf('visits', 0, bytes)],
      });
    expect(adopted(0).faults).toEqual([]);
    expect(adopted(0).notes).toContain('public.visits: not in the export, and empty');
    expect(adopted(8_192).faults).toEqual([missing]);
  });

  test('is a fault where a warning names it', () => {
    const bounds = [boundsOf('patients', 10, 10), boundsOf('visits', 0, 0)];
    expect(prove({ bounds, warning: warned('public.visits') }).faults).toHaveLength(1);
  });
});

describe('a table that may be newer than the snapshot', () => {
  const newer = { schema: schemaOf([...wholeExport.schema.tables, tableOf('newer')]) };
  const missing = ['public.newer is not in the export, and no warning names it.'];
  const note = 'public.newer: not in the export, and newer than the snapshot';

  test('is no fault where the first count did not know it', () => {
    expect(proveExport({ ...wholeExport, ...newer, schemaIsOfTheSnapshot: false })).toMatchObject({
      faults: [],
      notes: [note],
    });
  });

  test('is a fault where it did, or where the schema is that of the snapshot', () => {
    const knownBefore = new Set([...(wholeExport.knownBefore ?? []), 'public.newer']);
    const known = { ...wholeExport, ...newer, knownBefore };
    expect(proveExport({ ...known, schemaIsOfTheSnapshot: false }).faults).toEqual(missing);
    expect(proveExport({ ...wholeExport, ...newer }).faults).toEqual(missing);
  });

  test('is no fault in an adopted snapshot where the metadata name others and not this one', () => {
    const { targets } = wholeExport.metadata;
    const adopted = (named: readonly string[]) =>
      proveExport({ ...adoptedExport, ...newer, metadata: { ...wholeExport.metadata, targets: named } });
    expect(adopted(targets).faults).toEqual([]);
    expect(adopted(targets).notes).toContain(note);
    expect(adopted([...targets, 'shop.public.newer']).faults).toEqual(missing);
    expect(adopted([]).faults).toEqual(missing);
  });
});
