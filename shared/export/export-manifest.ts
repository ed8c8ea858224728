import * as z from 'zod/mini';
import { once } from '../job/once.ts';

/** The job whose chain of manifests names the exports. */
export const exportJob = 'snapshot-export';

/** One Parquet file, as it was when the export was proved. */
export interface ManifestFile {
  readonly key: string;
  readonly bytes: number;
  readonly rows: number;
  /** `sha256:…`, `crc64nvme:…`, `etag:…`: what S3 held for the object; null where it held none. */
  readonly checksum: string | null;
}

export interface ManifestTable {
  readonly folder: string;
  /** `schema.table` of those whose rows lie in the folder; none where no table was expected there. */
  readonly tables: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  /** What the rows were held against. */
  readonly against: string;
  readonly files: readonly ManifestFile[];
}

interface Position {
  readonly lsn: string;
  readonly readAt: string;
}

/** What snapshot-export leaves behind of one export: all that a reader in two years needs to know. */
export interface ExportManifest {
  readonly instance: string;
  readonly databaseName: string;
  readonly snapshot: {
    readonly identifier: string;
    readonly arn: string;
    readonly createdAt: string | null;
    readonly adopted: boolean;
  };
  readonly moment: { readonly after: Position; readonly before: Position } | null;
  readonly export: {
    readonly id: string;
    readonly bucket: string;
    readonly prefix: string;
    readonly exportOnly: readonly string[];
    readonly startedAt: string | null;
    readonly endedAt: string | null;
  };
  readonly schema: { readonly key: string; readonly sha256: string };
  readonly skipped: readonly string[];
  readonly tables: readonly ManifestTable[];
}

/** What a reader relies on; somebody may have edited what was read. Made on first use: it costs a start a little. */
const shape = once(async () => {
  const file = z.object({
    key: z.string(),
    bytes: z.number(),
    rows: z.number(),
    checksum: z.nullable(z.string()),
  });
  return z.object({
    databaseName: z.string(),
    snapshot: z.object({ identifier: z.string(), createdAt: z.nullable(z.string()) }),
    export: z.object({
      id: z.string(),
      prefix: z.string(),
      exportOnly: z.array(z.string()),
      endedAt: z.nullable(z.string()),
    }),
    schema: z.object({ key: z.string(), sha256: z.string() }),
    tables: z.array(
      z.object({
        folder: z.string(),
        tables: z.array(z.string()),
        rows: z.number(),
        files: z.array(file),
      }),
    ),
  });
});

/** Whether this is the body of an export's manifest. */
export async function isExportManifest(body: unknown): Promise<boolean> {
  return (await shape()).safeParse(body).success;
}
