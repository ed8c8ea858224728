import { putOnce } from '../../shared/aws/objects.ts';
import { exportFolder } from '../../shared/export/export-layout.ts';
import { canonicalJson } from '../../shared/job/canonical-json.ts';
import type { SnapshotExportJob } from './job.ts';

export function markKey(exportId: string): string {
  return `${exportFolder(exportId)}nightshift.json`;
}

/**
 * Marks the folder of an export as this job's own before anything is written there: nothing without the mark is ever
 * pruned, and nothing that the job made goes unmarked. Object metadata say it too, since they are read without a GET.
 */
export function markExport(job: SnapshotExportJob, exportId: string): Promise<void> {
  const { database, slot } = job.request;
  const managedBy = `nightshift-${job.stage}`;
  return job.step('mark the export', async () => {
    const place = { bucket: job.names.backupBucket, key: markKey(exportId) };
    await putOnce(job.aws.s3, place, canonicalJson({ managedBy, database, slot }), {
      'nightshift-managed-by': managedBy,
      'nightshift-database': database,
      'nightshift-slot': slot,
    });
  });
}
