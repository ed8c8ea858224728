import type { S3Client } from '@aws-sdk/client-s3';
import { listObjects } from '../aws/objects.ts';
import { formatTableName, type TableName } from '../config/table-name.ts';
import { PreconditionError } from '../job/errors.ts';
import type { TableDescription } from '../postgres/schema-description.ts';
import type { ExportManifest, ManifestFile } from './export-manifest.ts';
import { findExportOfSlot } from './exported-tables.ts';
import { liesFrozen } from './judge-storage-class.ts';
import { inWords } from './keys-in-words.ts';
import { readSavedSchema } from './saved-schema.ts';
import { filesOfTable } from './table-files.ts';

export interface RestoreRequest {
  readonly s3: S3Client;
  readonly bucket: string;
  /** The database's name in the config. */
  readonly database: string;
  readonly slot: string;
  readonly table: TableName;
  readonly into: TableName;
}

export interface RestorePlan {
  readonly exportId: string;
  readonly slot: string;
  /** The moment that the rows are of. */
  readonly snapshotAt: string | null;
  readonly table: TableName;
  readonly into: TableName;
  readonly files: readonly ManifestFile[];
  /** Keys of those that lie in Glacier and may have to be thawed first. */
  readonly frozen: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  /** As it was when the export was made; undefined where the saved schema does not know it. */
  readonly description: TableDescription | undefined;
}

/** What bringing a table back from an export takes. Reads manifest, schema and one listing, and nothing of the rows. */
export async function planRestore(request: RestoreRequest): Promise<RestorePlan> {
  const { s3, bucket, table, into, slot } = request;
  const link = await findExportOfSlot(request, slot);
  if (!link) {
    throw new PreconditionError(
      `No proved export of ${request.database} has the slot ${slot}. \`nightshift backup list\` names the slots.`,
    );
  }
  const manifest = link.body;
  const { schema } = await readSavedSchema({ s3, bucket }, manifest.export.id, manifest.schema.sha256);
  const found = filesOfTable(manifest, schema, { schema: table.schema, table: table.name });
  if (!found) throw notExported(manifest, table);
  return {
    exportId: manifest.export.id,
    slot: link.slot,
    snapshotAt: manifest.snapshot.createdAt,
    table,
    into,
    files: found.files,
    frozen: await findFrozen(request, manifest, found.files),
    rows: found.rows,
    bytes: found.files.reduce((sum, { bytes }) => sum + bytes, 0),
    description: found.description,
  };
}

async function findFrozen(
  { s3, bucket }: RestoreRequest,
  manifest: ExportManifest,
  files: readonly ManifestFile[],
): Promise<string[]> {
  const listed = new Map<string, boolean>();
  for await (const object of listObjects(s3, { bucket, prefix: manifest.export.prefix })) {
    listed.set(object.key, liesFrozen(object));
  }
  const missing = files.filter(({ key }) => !listed.has(key));
  if (missing.length > 0) {
    throw new PreconditionError(
      `${missing.length} of ${files.length} files are gone from s3://${bucket}: ${inWords(missing.map(({ key }) => key))}. Look for them among the bucket's earlier versions; an export that outlived its retention was pruned.`,
    );
  }
  return files.filter(({ key }) => listed.get(key)).map(({ key }) => key);
}

function notExported(manifest: ExportManifest, table: TableName): PreconditionError {
  const tables = manifest.tables.flatMap((each) => each.tables);
  return new PreconditionError(
    `The export ${manifest.export.id} does not hold ${formatTableName(table)}. It holds: ${inWords(tables, 30)}.`,
  );
}
