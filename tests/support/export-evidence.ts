import type { Evidence, ProvenFile } from '../../functions/snapshot-export/evidence.ts';
import type { RowBounds } from '../../shared/postgres/row-bounds.ts';
import type { SchemaDescription, TableDescription } from '../../shared/postgres/schema-description.ts';
import type { TableSize } from '../../shared/postgres/table-sizes.ts';

export function tableOf(name: string, more: Partial<TableDescription> = {}): TableDescription {
  return {
    schema: 'public',
    name,
    kind: 'table',
    unlogged: false,
    partitionOf: null,
    partitionKey: null,
    columns: [],
    constraints: [],
    indexes: [],
    triggers: [],
    ...more,
  };
}

export function schemaOf(tables: readonly TableDescription[]): SchemaDescription {
  return {
    version: 1,
    database: 'shop',
    serverVersion: '15.1',
    extensions: [],
    types: [],
    sequences: [],
    tables,
    views: [],
    functions: [],
  };
}

/** One Parquet file of a table's folder, of 100 bytes. */
export function fileOf(folder: string, rows: number, name = '1/part-0.parquet'): ProvenFile {
  return { key: `exports/e/shop/${folder}/${name}`, folder, bytes: 100, rows, checksum: null };
}

export function boundsOf(
  table: string,
  atLeast: number,
  atMost: number,
  more: Partial<RowBounds> = {},
): RowBounds {
  return {
    schema: 'public',
    table,
    atLeast: String(atLeast),
    atMost: String(atMost),
    basis: 'counted',
    ...more,
  };
}

export function sizeOf(table: string, estimatedRows: number | null, sizeBytes: number): TableSize {
  return { schema: 'public', table, estimatedRows, sizeBytes };
}

export function foldersOf(...names: readonly string[]): Evidence['folders'] {
  return names.map((folder) => ({ folder, unfinished: [] }));
}

/** A whole export of two tables, `patients` with 10 rows and `visits` with none; tests vary it by spread. */
export const wholeExport: Evidence = {
  databaseName: 'shop',
  schema: schemaOf([tableOf('patients'), tableOf('visits')]),
  sizes: [sizeOf('patients', 10, 8_192), sizeOf('visits', 0, 0)],
  adopted: false,
  schemaIsOfTheSnapshot: true,
  knownBefore: new Set(['public.patients', 'public.visits']),
  chosen: undefined,
  acceptSkipped: [],
  folders: foldersOf('public.patients', 'public.visits'),
  files: [fileOf('public.patients', 6), fileOf('public.patients', 4, '2/part-3.parquet')],
  columnFaults: [],
  moreColumnFaults: 0,
  brokenFiles: [],
  metadata: {
    infoFiles: 1,
    tableInfoFiles: 1,
    targets: ['shop.public.patients', 'shop.public.visits'],
    incomplete: [],
  },
  warning: { names: [], general: [] },
  bounds: [boundsOf('patients', 10, 10), boundsOf('visits', 0, 0)],
};

/** The same, of an automated snapshot of RDS: nobody counted, and the schema was read hours later. */
export const adoptedExport: Evidence = {
  ...wholeExport,
  adopted: true,
  bounds: undefined,
  knownBefore: undefined,
  schemaIsOfTheSnapshot: false,
};
