import { dirname, relative } from 'node:path';
import { formatTable } from './table.ts';
import { formatBytes, formatCount } from './units.ts';

/** One Parquet file, as a manifest names it and as it lies on this machine's disk. */
export interface ParquetFile {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly path: string;
}

/** A table of files below the folder that they share, and how to look into one of them. */
export function describeFiles(files: readonly ParquetFile[]): string {
  const [first] = files;
  if (!first) return '';
  const base = sharedFolder(files.map(({ path }) => path));
  const rows = files.map(({ table, rows: count, bytes, path }) => [
    table,
    formatCount(count),
    formatBytes(bytes),
    relative(base, path),
  ]);
  const largest = files.reduce((a, b) => (b.rows > a.rows ? b : a));
  return [
    `Parquet files, below ${relative('.', base)}/`,
    '',
    formatTable(['table', 'rows', 'size', 'file'], rows, ['rows', 'size']),
    '',
    `Look into one: duckdb -c "FROM read_parquet('${relative('.', largest.path)}') LIMIT 5"`,
  ].join('\n');
}

function sharedFolder(paths: readonly string[]): string {
  return paths.slice(1).reduce(
    (folder, path) => {
      let shared = folder;
      while (!path.startsWith(`${shared}/`)) shared = dirname(shared);
      return shared;
    },
    dirname(paths[0] ?? '.'),
  );
}
