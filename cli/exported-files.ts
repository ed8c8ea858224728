import { readFile } from 'node:fs/promises';
import type { SnapshotExportReport } from '../functions/snapshot-export/report.ts';
import { objectPath } from '../infra/local/aws/object-path.ts';
import type { Manifest } from '../shared/job/manifest-chain.ts';
import type { SlotResult } from '../shared/job/run-slot.ts';
import type { ParquetFile } from './parquet-files.ts';
import type { Target } from './target.ts';

interface ManifestBody {
  readonly databaseName: string;
  readonly tables: readonly {
    readonly tables: readonly string[];
    readonly files: readonly { readonly key: string; readonly rows: number; readonly bytes: number }[];
  }[];
}

/** The files that a run on the embedded stack has left behind; none where it ran elsewhere or exported nothing. */
export async function exportedFiles(
  { local }: Target,
  result: SlotResult<SnapshotExportReport>,
): Promise<ParquetFile[]> {
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
