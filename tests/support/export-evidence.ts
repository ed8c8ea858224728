import type { Evidence, ProvenFile } from '../../functions/snapshot-export/proof.ts';
import type { RowBounds } from '../../shared/postgres/row-bounds.ts';
import type { SchemaDescription, TableDescription } from '../../shared/postgres/schema-description.ts';

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

const folderWith = (folder: string) => ({ folder, unfinished: [] });

/** A whole export of two tables, `patients` with 10 rows and `visits` with none; tests vary it by spread. */
export const wholeExport: Evidence = {
  databaseName: 'shop',
  schema: schemaOf([tableOf('patients'), tableOf('visits')]),
  schemaIsOfTheSnapshot: true,
  chosen: undefined,
  acceptSkipped: [],
  folders: [folderWith('public.patients'), folderWith('public.visits')],
  files: [fileOf('public.patients', 6), fileOf('public.patients', 4, '2/part-3.parquet')],
  columnFaults: [],
  brokenFiles: [],
  metadata: { infoFiles: 1, tableInfoFiles: 1, incomplete: [] },
  warning: { names: [], general: [] },
  bounds: [boundsOf('patients', 10, 10), boundsOf('visits', 0, 0)],
};
