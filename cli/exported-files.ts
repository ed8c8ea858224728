import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { objectPath } from '../infra/local/aws/object-path.ts';
import type { Manifest } from '../shared/job/manifest-chain.ts';
import type { JobResult } from './run-job.ts';
import { formatTable } from './table.ts';
import type { Target } from './target.ts';
import { formatBytes, formatCount } from './units.ts';

/** One Parquet file of an export, as the manifest names it and as it lies on this machine's disk. */
export interface ExportedFile {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly path: string;
}

interface ManifestBody {
  readonly databaseName: string;
  readonly tables: readonly {
    readonly tables: readonly string[];
    readonly files: readonly { readonly key: string; readonly rows: number; readonly bytes: number }[];
  }[];
}

/** The files that a run on the embedded stack has left behind; none where it ran elsewhere or exported nothing. */
export async function exportedFiles({ local }: Target, result: JobResult): Promise<ExportedFile[]> {
  if (
    !local ||
    result.kind !== 'done' ||
    result.record.report?.kind !== 'run' ||
    !result.record.report.export
  )
    return [];
  const { s3Folder } = local.stack;
  const bucket = local.names.backupBucket;
  const place = objectPath(s3Folder, bucket, result.record.report.export.manifest.key);
  const manifest = JSON.parse(await readFile(place, 'utf8')) as Manifest<ManifestBody>;
  return manifest.body.tables.flatMap(({ tables, files }) =>
    files.map(({ key, rows, bytes }) => ({
      table: tables.join(', '),
      rows,
      bytes,
      path: objectPath(s3Folder, bucket, key),
    })),
  );
}

/** A table of files below the folder that they share, and how to look into one of them. */
export function describeFiles(files: readonly ExportedFile[]): string {
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
