import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { AsyncBuffer, FileMetaData, SchemaElement } from 'hyparquet';
import { decompressPage } from './zstd.ts';

/** A value as it is stored: no Date, no string. */
export type StoredValue = number | bigint | boolean | Uint8Array | null;

/** Snappy is the reader's own. */
const compressors = {
  GZIP: (page: Uint8Array) => new Uint8Array(gunzipSync(page)),
  BROTLI: (page: Uint8Array) => new Uint8Array(brotliDecompressSync(page)),
  ZSTD: decompressPage,
};

/** The same file without what its types mean, so that values come as they are stored. */
export function withoutMeanings(metadata: FileMetaData): FileMetaData {
  return { ...metadata, schema: metadata.schema.map(bare) };
}

function bare({ name, type, type_length, repetition_type, num_children }: SchemaElement): SchemaElement {
  return { name, type, type_length, repetition_type, num_children };
}

export interface ColumnPlace {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  /** From 0. */
  readonly group: number;
  readonly column: string;
}

/**
 * Decodes one column of one row group of a flat file, fetching its chunk and nothing else. Throws where the chunk is
 * damaged, or has other values than the row group has rows.
 */
export async function decodeColumn({ file, metadata, group, column }: ColumnPlace): Promise<StoredValue[]> {
  const { parquetRead } = await import('hyparquet');
  const rowsOf = (each: FileMetaData['row_groups'][number] | undefined) => Number(each?.num_rows ?? 0);
  const rowStart = metadata.row_groups.slice(0, group).reduce((sum, each) => sum + rowsOf(each), 0);
  const rows = rowsOf(metadata.row_groups[group]);
  const values: StoredValue[] = [];
  await parquetRead({
    file,
    metadata,
    columns: [column],
    rowStart,
    rowEnd: rowStart + rows,
    utf8: false,
    compressors,
    onPage: ({ columnData }) => {
      for (const value of columnData) values.push(value ?? null);
    },
  });
  if (values.length === rows) return values;
  throw new Error(`row group ${group} has ${rows} rows, and its column ${column} ${values.length} values`);
}
