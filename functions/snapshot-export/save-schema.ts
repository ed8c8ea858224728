import { putOnce, readText, sha256 } from '../../shared/aws/objects.ts';
import { exportsPrefix } from '../../shared/config/names.ts';
import { canonicalJson } from '../../shared/job/canonical-json.ts';
import { readSchemaDescription, type SchemaDescription } from '../../shared/postgres/schema-description.ts';
import { type SnapshotExportJob, withDatabase } from './job.ts';

export interface SavedSchema {
  readonly key: string;
  readonly sha256: string;
}

export function schemaKey(exportId: string): string {
  return `${exportsPrefix}/${exportId}/schema.json`;
}

/**
 * Saves what the export will not hold, before the export begins. The object also marks the folder as this job's own:
 * its metadata say database, slot and start, and nothing without it is ever pruned.
 */
export function saveSchema(job: SnapshotExportJob, exportId: string): Promise<SavedSchema> {
  return job.step('save the schema', async () => {
    const place = { bucket: job.names.backupBucket, key: schemaKey(exportId) };
    const text =
      (await readText(job.aws.s3, place)) ?? canonicalJson(await withDatabase(job, readSchemaDescription));
    const stored = await putOnce(job.aws.s3, place, text, {
      'nightshift-managed-by': `nightshift-${job.stage}`,
      'nightshift-database': job.request.database,
      'nightshift-slot': job.request.slot,
    });
    return { key: place.key, sha256: sha256(stored) };
  });
}

export async function readSavedSchema(job: SnapshotExportJob, exportId: string): Promise<SchemaDescription> {
  const key = schemaKey(exportId);
  const text = await readText(job.aws.s3, { bucket: job.names.backupBucket, key });
  if (text === undefined) throw new Error(`${key} was written and is gone from ${job.names.backupBucket}.`);
  return JSON.parse(text) as SchemaDescription;
}
