import type { StoredObject } from '../aws/objects.ts';
import { exportsPrefix } from '../config/names.ts';

/** `\`, backtick, double quote and space become `_`. Source: RDS user guide, limitations of exports. */
function pathSafe(name: string): string {
  return name.replace(/[\\`" ]/g, '_');
}

/** The folder of a table inside an export. */
export function tableFolder(schema: string, table: string): string {
  return pathSafe(`${schema}.${table}`);
}

export function exportFolder(exportId: string): string {
  return `${exportsPrefix}/${exportId}/`;
}

export function databaseFolder(exportId: string, databaseName: string): string {
  return `${exportFolder(exportId)}${pathSafe(databaseName)}/`;
}

/** `public.patients` for a key of that table's folder. */
export function folderOfKey(key: string, base: string): string {
  return key.slice(base.length).split('/')[0] ?? '';
}

/** What lies in one table's folder: files in one batch folder or several, or in none in the older layout. */
export interface FolderContents {
  readonly folder: string;
  readonly parquet: readonly StoredObject[];
  /** Batch folders with Parquet files and no `_SUCCESS`: writing them was not finished. */
  readonly unfinished: readonly string[];
}

export interface Inventory {
  readonly folders: readonly FolderContents[];
  /** `export_info_*.json` and `export_tables_info_*.json`. */
  readonly metadata: readonly string[];
}

/** Sorts the objects of an export into tables. Nothing is assumed of the files' names but their ending. */
export function takeInventory(
  objects: readonly StoredObject[],
  exportId: string,
  databaseName: string,
): Inventory {
  const root = exportFolder(exportId);
  const base = databaseFolder(exportId, databaseName);
  const inDatabase = objects.filter(({ key }) => key.startsWith(base));
  const byFolder = Map.groupBy(inDatabase, ({ key }) => folderOfKey(key, base));
  return {
    folders: [...byFolder].map(([folder, inside]) => contents(folder, inside)),
    metadata: objects
      .map(({ key }) => key)
      .filter((key) => /^export_(tables_)?info_.*\.json$/i.test(key.slice(root.length))),
  };
}

function contents(folder: string, inside: readonly StoredObject[]): FolderContents {
  const parquet = inside.filter(({ key }) => key.endsWith('.parquet'));
  const finished = new Set(
    inside.filter(({ key }) => key.endsWith('/_SUCCESS')).map(({ key }) => parent(key)),
  );
  const written = new Set(parquet.map(({ key }) => parent(key)));
  return { folder, parquet, unfinished: [...written].filter((batch) => !finished.has(batch)) };
}

function parent(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}
