import { putOnce, readText, sha256 } from '../../shared/aws/objects.ts';
import { exportsPrefix } from '../../shared/config/names.ts';
import { canonicalJson } from '../../shared/job/canonical-json.ts';
import { readSchemaDescription, type SchemaDescription } from '../../shared/postgres/schema-description.ts';
import { readTableSizes, type TableSize } from '../../shared/postgres/table-sizes.ts';
import { type SnapshotExportJob, withDatabase } from './job.ts';

export interface SavedSchema {
  readonly key: string;
  readonly sha256: string;
}

/** `schema.json`: the description, and beside it what changes from minute to minute and is no part of its hash. */
type SchemaFile = SchemaDescription & { readonly sizes?: readonly TableSize[] };

export interface SchemaAndSizes {
  readonly schema: SchemaDescription;
  /** About how large the tables were when the file was saved. */
  readonly sizes: readonly TableSize[];
}

export function schemaKey(exportId: string): string {
  return `${exportsPrefix}/${exportId}/schema.json`;
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

export async function readSavedSchema(job: SnapshotExportJob, exportId: string): Promise<SchemaAndSizes> {
  const key = schemaKey(exportId);
  const text = await readText(job.aws.s3, { bucket: job.names.backupBucket, key });
  if (text === undefined) throw new Error(`${key} was written and is gone from ${job.names.backupBucket}.`);
  const { sizes = [], ...schema } = JSON.parse(text) as SchemaFile;
  return { schema, sizes };
}
