import { randomInt } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { type ColumnPlace, decodeColumn, withoutMeanings } from '../parquet/decode-column.ts';
import { isFaultOfFetching, type Opened, openExportFile } from './open-file.ts';

export interface SampledFile {
  readonly key: string;
  readonly sizeBytes: number;
  readonly rowGroups: number;
}

export interface SampleSize {
  /** How many row groups are chosen. */
  readonly rowGroups: number;
  /** What is fetched of them at most; a chunk of a column that does not fit in any more is left out. */
  readonly maxBytes: number;
}

export interface Sample {
  readonly keys: readonly string[];
  readonly rowGroups: number;
  /** Columns of these row groups that were decoded, and how many there are. */
  readonly decoded: number;
  readonly columns: number;
  readonly sizeBytes: number;
  readonly damaged: readonly { readonly key: string; readonly fault: string }[];
}

/** Row groups chosen at random over a whole export, decoded to their last value, one chunk of a column at a time. */
export async function sampleRowGroups(
  place: BucketPlace,
  files: readonly SampledFile[],
  { rowGroups, maxBytes }: SampleSize,
): Promise<Sample> {
  const all = files.flatMap((file) =>
    Array.from({ length: file.rowGroups }, (_, group) => ({ file, group })),
  );
  const groups = shuffled(all).slice(0, rowGroups);
  const opened: OpenedFile[] = [];
  for (const [file, chosen] of Map.groupBy(groups, (each) => each.file)) {
    const { bucket, s3 } = place;
    opened.push({
      file,
      groups: chosen.map(({ group }) => group),
      opened: await openExportFile(s3, { bucket, ...file }),
    });
  }
  const chunks = opened.flatMap(chunksOf);
  const fitting = within(maxBytes, shuffled(chunks));
  const damaged: { key: string; fault: string }[] = [];
  for (const { file, opened: found } of opened) {
    if (found.kind === 'broken') damaged.push({ key: file.key, fault: found.fault });
  }
  for (const chunk of fitting) {
    const fault = await faultOf(() => decodeColumn(chunk));
    if (fault)
      damaged.push({ key: chunk.key, fault: `row group ${chunk.group}, column ${chunk.column}: ${fault}` });
  }
  return {
    keys: opened.map(({ file }) => file.key),
    rowGroups: groups.length,
    decoded: fitting.length,
    columns: chunks.length,
    sizeBytes: fitting.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    damaged,
  };
}

interface BucketPlace {
  readonly s3: S3Client;
  readonly bucket: string;
}

interface OpenedFile {
  readonly file: SampledFile;
  readonly groups: readonly number[];
  readonly opened: Opened;
}

interface Chunk extends ColumnPlace {
  readonly key: string;
  readonly sizeBytes: number;
}

function chunksOf({ file: { key }, groups, opened }: OpenedFile): Chunk[] {
  if (opened.kind !== 'open') return [];
  const metadata = withoutMeanings(opened.metadata);
  return groups.flatMap((group) =>
    (metadata.row_groups[group]?.columns ?? []).flatMap(({ meta_data }) => {
      if (!meta_data) return [];
      const column = meta_data.path_in_schema.join('.');
      const sizeBytes = Number(meta_data.total_compressed_size);
      return [{ file: opened.file, metadata, group, column, key, sizeBytes }];
    }),
  );
}

/** In their order, so that a large one has the same chance as the others; what does not fit any more is left out. */
function within(maxBytes: number, chunks: readonly Chunk[]): Chunk[] {
  let left = maxBytes;
  return chunks.filter(({ sizeBytes }) => {
    if (sizeBytes > left) return false;
    left -= sizeBytes;
    return true;
  });
}

/** What S3 refuses is no fault of the file, and is thrown. */
async function faultOf(decode: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await decode();
    return undefined;
  } catch (error) {
    if (isFaultOfFetching(error)) throw error;
    return (error as Error).message;
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  const all = [...items];
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = randomInt(at + 1);
    const [one, two] = [all[at] as T, all[other] as T];
    all[at] = two;
    all[other] = one;
  }
  return all;
}
