import type { TableName } from './scope.ts';

/** Where one export task's objects lie. */
export interface ExportRoot {
  readonly prefix: string;
  readonly exportTaskIdentifier: string;
}

/** The documented replacement: backslash, backtick, double quote and space become `_`. */
function pathSafe(name: string): string {
  return name.replace(/[\\`" ]/g, '_');
}

/** `[prefix/]<exportId>`: everything of the task is under it. */
export function exportedFilesPath({ prefix, exportTaskIdentifier }: ExportRoot): string {
  return prefix === '' ? exportTaskIdentifier : `${prefix}/${exportTaskIdentifier}`;
}

/** `…/<database>/<schema>.<table>/<batch>`: one batch of a table; batches count from 1. */
export function batchFolder(root: ExportRoot, name: TableName, batch: number): string {
  const table = `${pathSafe(name.schema)}.${pathSafe(name.table)}`;
  return `${exportedFilesPath(root)}/${pathSafe(name.database)}/${table}/${batch}`;
}

/** A part's file name; `index` counts the parts of a batch from 0, and every third number stays unused. */
export function partFileName(index: number, writeId: string): string {
  const number = index + Math.floor((index + 1) / 2);
  return `part-${String(number).padStart(5, '0')}-${writeId}.gz.parquet`;
}

export function exportInfoKey(root: ExportRoot): string {
  return `${exportedFilesPath(root)}/export_info_${root.exportTaskIdentifier}.json`;
}

/** Tables `from` to `to`, counted from 1, are described by this object. */
export function tablesInfoKey(root: ExportRoot, from: number, to: number): string {
  const name = `export_tables_info_${root.exportTaskIdentifier}_from_${from}_to_${to}.json`;
  return `${exportedFilesPath(root)}/${name}`;
}
