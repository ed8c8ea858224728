import type { AsyncBuffer, FileMetaData } from 'hyparquet';

/** One column as the file describes it: `INT64`, `INT32/INT_16`, `BYTE_ARRAY/UTF8`, `BYTE_ARRAY`. */
export interface FooterColumn {
  readonly name: string;
  readonly type: string;
}

export interface Footer {
  readonly rows: number;
  readonly columns: readonly FooterColumn[];
}

/** Reads the bytes from `start` up to but not including `end`. */
export type ReadRange = (start: number, end: number) => Promise<ArrayBuffer>;

const firstFetchBytes = 16 * 1_024;

/** No footer comes near this, and one that claims more would be fetched into memory before it is found to be none. */
const mostFooterBytes = 256 * 2 ** 20;

/**
 * Reads a Parquet file's footer and nothing else of it: one range request of 16 KiB, and a second where the footer
 * is larger. Throws where the file has no whole footer, or one that contradicts itself.
 */
export async function readFooter(sizeBytes: number, readRange: ReadRange): Promise<Footer> {
  return describeFooter(await readMetadata(asyncBuffer(sizeBytes, readRange)));
}

/** A file as the reader of Parquet wants it. */
export function asyncBuffer(sizeBytes: number, readRange: ReadRange): AsyncBuffer {
  return { byteLength: sizeBytes, slice: (start, end = sizeBytes) => readRange(start, end) };
}

/** As readFooter, with all that the footer says: row groups, and where the chunks of their columns lie. */
export async function readMetadata(file: AsyncBuffer): Promise<FileMetaData> {
  // On first use: a run that has nothing to prove, and every cold start, does without the reader.
  const { parquetMetadataAsync } = await import('hyparquet');
  const metadata = await parquetMetadataAsync(upTo(mostFooterBytes, file), {
    initialFetchSize: firstFetchBytes,
  });
  const inGroups = metadata.row_groups.reduce((sum, group) => sum + group.num_rows, 0n);
  if (inGroups !== metadata.num_rows) {
    throw new Error(`the footer says ${metadata.num_rows} rows, and its row groups hold ${inGroups}`);
  }
  return metadata;
}

function upTo(mostBytes: number, file: AsyncBuffer): AsyncBuffer {
  return {
    byteLength: file.byteLength,
    slice: (start, end = file.byteLength) => {
      if (end - start <= mostBytes) return file.slice(start, end);
      throw new Error(
        `its last bytes claim a footer of ${end - start} bytes, and none has more than ${mostBytes}`,
      );
    },
  };
}

export function describeFooter(metadata: FileMetaData): Footer {
  const leaves = metadata.schema.filter(({ type }) => type !== undefined);
  return {
    rows: Number(metadata.num_rows),
    columns: leaves.map(({ name, type, converted_type, logical_type }) => ({
      name,
      type: annotated(String(type), converted_type ?? annotationOf(logical_type)),
    })),
  };
}

function annotated(type: string, annotation: string | undefined): string {
  return annotation ? `${type}/${annotation}` : type;
}

interface LogicalType {
  readonly type?: string;
  readonly bitWidth?: number;
}

/** Newer writers annotate with a logical type only: these two are all that an export uses. */
function annotationOf(logical: LogicalType | undefined): string | undefined {
  if (logical?.type === 'STRING') return 'UTF8';
  if (logical?.type === 'INTEGER') return `INT_${logical.bitWidth}`;
  return logical?.type;
}
