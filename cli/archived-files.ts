import { readFile } from 'node:fs/promises';
import type { AuditArchiveReport } from '../functions/audit-archive/report.ts';
import { objectPath } from '../infra/local/aws/object-path.ts';
import type { ArchiveManifest } from '../shared/archive/archive-manifest.ts';
import type { Manifest } from '../shared/job/manifest-chain.ts';
import type { SlotResult } from '../shared/job/run-slot.ts';
import type { ParquetFile } from './parquet-files.ts';
import type { Target } from './target.ts';

/** The files that a run of audit-archive on the embedded stack has named in its manifest; none where it ran elsewhere. */
export async function archivedFiles(
  { local }: Target,
  result: SlotResult<AuditArchiveReport>,
): Promise<ParquetFile[]> {
  if (!local || result.kind !== 'done' || result.record.report?.kind !== 'run') return [];
  const { manifest } = result.record.report;
  if (!manifest) return [];
  const { s3Folder } = local.stack;
  const bucket = local.names.backupBucket;
  const text = await readFile(objectPath(s3Folder, bucket, manifest.key), 'utf8');
  const { batches } = (JSON.parse(text) as Manifest<ArchiveManifest>).body;
  const files = batches.flatMap(({ policy, key, rows, bytes }) =>
    key === null ? [] : [{ table: policy, rows, bytes: bytes ?? 0, path: objectPath(s3Folder, bucket, key) }],
  );
  return files.sort((a, b) => a.path.localeCompare(b.path));
}
