import type { S3Client } from '@aws-sdk/client-s3';
import { readText, sha256 } from '../aws/objects.ts';
import { NightshiftError } from '../job/errors.ts';
import type { SchemaDescription } from '../postgres/schema-description.ts';
import type { TableSize } from '../postgres/table-sizes.ts';
import { exportFolder } from './export-layout.ts';

/** `schema.json`: the description, and beside it what changes from minute to minute and is no part of its hash. */
export type SchemaFile = SchemaDescription & { readonly sizes?: readonly TableSize[] };

export interface SchemaAndSizes {
  readonly schema: SchemaDescription;
  /** About how large the tables were when the file was saved. */
  readonly sizes: readonly TableSize[];
}

export function schemaKey(exportId: string): string {
  return `${exportFolder(exportId)}schema.json`;
}

export interface SchemaPlace {
  readonly s3: S3Client;
  readonly bucket: string;
}

/** The schema that was saved with an export. `expected`: the SHA-256 of the file, where a manifest names it. */
export async function readSavedSchema(
  { s3, bucket }: SchemaPlace,
  exportId: string,
  expected?: string,
): Promise<SchemaAndSizes> {
  const key = schemaKey(exportId);
  const text = await readText(s3, { bucket, key });
  if (text === undefined)
    throw new NightshiftError(`s3://${bucket}/${key} was written and is gone. ${earlierVersions}`);
  if (expected !== undefined && sha256(text) !== expected) {
    throw new NightshiftError(
      `s3://${bucket}/${key} is not the file that the manifest names: its SHA-256 differs. ${earlierVersions}`,
    );
  }
  const { sizes = [], ...schema } = JSON.parse(text) as SchemaFile;
  return { schema, sizes };
}

const earlierVersions = "Look for it among the bucket's earlier versions.";
