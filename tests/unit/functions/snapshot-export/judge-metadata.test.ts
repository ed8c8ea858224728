import { describe, expect, test } from '@jest/globals';
import type { Evidence } from '../../../../functions/snapshot-export/evidence.ts';
import { proveExport } from '../../../../functions/snapshot-export/proof.ts';
import {
  adoptedExport,
  foldersOf,
  schemaOf,
  tableOf,
  wholeExport,
} from '../../../support/export-evidence.ts';

describe('the metadata of the export', () => {
  const prove = (metadata: Partial<Evidence['metadata']>, more: Partial<Evidence> = {}) =>
    proveExport({ ...wholeExport, ...more, metadata: { ...wholeExport.metadata, ...metadata } });
  const whole = (...changes: Parameters<typeof prove>) => prove(...changes).faults;

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

  test('may call skipped what is never exported, and nothing else', () => {
    const schema = {
      ...schemaOf([
        ...wholeExport.schema.tables,
        tableOf('scratch', { unlogged: true }),
        tableOf('far', { kind: 'foreign table' }),
      ]),
      views: [{ schema: 'public', name: 'seen', kind: 'view', definition: '' }],
    };
    const skipped = (name: string, status = 'SKIPPED: why') =>
      whole({ incomplete: [{ target: `shop.public.${name}`, status }] }, { schema });
    expect([...skipped('scratch'), ...skipped('far'), ...skipped('seen')]).toEqual([]);
    expect(skipped('patients')).toEqual(['shop.public.patients: SKIPPED: why.']);
    expect(skipped('scratch', 'FAILED')).toEqual(['shop.public.scratch: FAILED.']);
  });

  describe('that name not every table', () => {
    const targets = ['shop.public.patients'];
    const line = 'public.visits: in the export, and not named in its metadata';

    test('are a note where rows were counted', () => {
      expect(prove({ targets })).toMatchObject({ faults: [], notes: [line] });
    });

    test('are a fault of an adopted snapshot', () => {
      expect(prove({ targets }, adoptedExport).faults).toEqual([`${line}.`]);
    });

    test('are one note where they name none', () => {
      for (const evidence of [wholeExport, adoptedExport]) {
        const { faults, notes } = prove({ targets: [] }, evidence);
        expect(faults).toEqual([]);
        expect(notes).toContain('export_tables_info_*.json names no table at all');
      }
    });

    test('may name a table as its folder is named, or the table that it is a part of', () => {
      const partitionOf = { schema: 'public', name: 'all', bound: '' };
      const schema = schemaOf([
        tableOf('all', { kind: 'partitioned table' }),
        tableOf('part', { partitionOf }),
        tableOf('odd name'),
      ]);
      const folders = foldersOf('public.part', 'public.odd_name');
      const found = (...named: string[]) =>
        prove({ targets: named }, { schema, folders, files: [], bounds: [] }).notes.filter((note) =>
          note.endsWith('not named in its metadata'),
        );
      expect(found('shop.public.all', 'shop.public.odd_name')).toEqual([]);
      expect(found('"shop"."public"."part"', 'public.odd name')).toEqual([]);
      expect(found('shop.public.other')).toHaveLength(2);
    });
  });
});
