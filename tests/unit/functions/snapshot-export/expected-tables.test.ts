import { describe, expect, test } from '@jest/globals';
import type { Evidence } from '../../../../functions/snapshot-export/evidence.ts';
import { proveExport } from '../../../../functions/snapshot-export/proof.ts';
import {
  boundsOf,
  fileOf,
  foldersOf,
  schemaOf,
  tableOf,
  wholeExport,
} from '../../../support/export-evidence.ts';

const prove = (changes: Partial<Evidence> = {}) => proveExport({ ...wholeExport, ...changes });
const faults = (changes: Partial<Evidence>) => prove(changes).faults;

describe('partitions', () => {
  const partitionOf = { schema: 'public', name: 'visits', bound: '' };
  const schema = schemaOf([
    tableOf('visits', { kind: 'partitioned table' }),
    tableOf('visits_1', { partitionOf }),
    tableOf('visits_2', { kind: 'partitioned table', partitionOf }),
    tableOf('visits_2a', { partitionOf: { schema: 'public', name: 'visits_2', bound: '' } }),
  ]);
  const metadata = {
    ...wholeExport.metadata,
    targets: ['shop.public.visits', 'shop.public.visits_1', 'shop.public.visits_2a'],
  };
  const bounds = [boundsOf('visits_1', 5, 5), boundsOf('visits_2a', 7, 7)];

  test('may lie in folders of their own', () => {
    const files = [fileOf('public.visits_1', 5), fileOf('public.visits_2a', 7)];
    const proof = prove({
      schema,
      metadata,
      bounds,
      folders: foldersOf('public.visits_1', 'public.visits_2a'),
      files,
    });
    expect(proof.faults).toEqual([]);
    expect(proof.tables.map(({ folder, rows }) => [folder, rows])).toEqual([
      ['public.visits_1', 5],
      ['public.visits_2a', 7],
    ]);
  });

  test('may lie together in the folder of their parent', () => {
    const proof = prove({
      schema,
      metadata,
      bounds,
      folders: foldersOf('public.visits'),
      files: [fileOf('public.visits', 12)],
    });
    expect(proof).toMatchObject({
      faults: [],
      tables: [{ folder: 'public.visits', tables: ['public.visits_1', 'public.visits_2a'], rows: 12 }],
    });
  });

  test('are missed where neither is there', () => {
    expect(
      faults({
        schema,
        metadata,
        bounds,
        folders: foldersOf('public.visits_1'),
        files: [fileOf('public.visits_1', 5)],
      }),
    ).toEqual(['public.visits_2a is not in the export, and no warning names it.']);
  });

  test('are chosen with their parent', () => {
    const chosen = ['public.visits'];
    const proof = prove({
      schema,
      metadata,
      bounds,
      chosen,
      folders: foldersOf('public.visits'),
      files: [fileOf('public.visits', 12)],
    });
    expect(proof.faults).toEqual([]);
    expect(faults({ schema, metadata, bounds, chosen, folders: [], files: [] })).toHaveLength(2);
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
    expect(faults({ chosen, folders: foldersOf('public.patients') })).toEqual([]);
    expect(faults({ chosen, folders: foldersOf('public.visits') })).toEqual([
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
});
