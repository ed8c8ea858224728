import { putOnce, readText, sha256 } from '../../shared/aws/objects.ts';
import { type SchemaFile, schemaKey } from '../../shared/export/saved-schema.ts';
import { canonicalJson } from '../../shared/job/canonical-json.ts';
import { readSchemaDescription } from '../../shared/postgres/schema-description.ts';
import { readTableSizes } from '../../shared/postgres/table-sizes.ts';
import { type SnapshotExportJob, withDatabase } from './job.ts';

export interface SavedSchema {
  readonly key: string;
  readonly sha256: string;
}

/** Saves what the export will not hold, before the export begins. */
export function saveSchema(job: SnapshotExportJob, exportId: string): Promise<SavedSchema> {
  return job.step('save the schema', async () => {
    const place = { bucket: job.names.backupBucket, key: schemaKey(exportId) };
    const text = (await readText(job.aws.s3, place)) ?? canonicalJson(await readSchemaFile(job));
    const stored = await putOnce(job.aws.s3, place, text);
    return { key: place.key, sha256: sha256(stored) };
  });
}

function readSchemaFile(job: SnapshotExportJob): Promise<SchemaFile> {
  return withDatabase(job, async (client) => ({
    ...(await readSchemaDescription(client)),
    sizes: await readTableSizes(client),
  }));
}
