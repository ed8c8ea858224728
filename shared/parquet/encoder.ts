import { createHash } from 'node:crypto';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ArchiveColumn } from './archive-columns.ts';
import { type ColumnBuilder, GROUP_ROWS, type GroupColumn } from './column-builder.ts';
import { columnBuilder } from './column-builders.ts';
import { CopyRows, WINDOW_ROWS } from './copy-rows.ts';
import { annotateSchema, fileMetadata, physicalSchema } from './file-schema.ts';
import type { ColumnBounds, FileSummary } from './file-summary.ts';
import { RowHash } from './row-hash.ts';
import { LARGEST_ROW_BYTES } from './row-size.ts';
import { valueText } from './value-text.ts';
import { compressPage } from './zstd.ts';

/** Copied bytes after which a row group is full: small enough to prune by, and for all of it to be in memory. */
const GROUP_BYTES = 4 * 1_024 * 1_024;
const PAGE_BYTES = 512 * 1_024;

const ownBytes = (bound: Uint8Array): Uint8Array => Uint8Array.from(bound);

export interface EncoderOptions {
  readonly columns: readonly ArchiveColumn[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly bounded: readonly string[];
  /** Takes finished bytes; they are the taker's own. */
  readonly onBytes: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/** Turns blocks of COPY BINARY into a Parquet file, a row group at a time. */
export class Encoder {
  readonly #options: EncoderOptions;
  readonly #rows: CopyRows;
  readonly #hash = new RowHash();
  readonly #sha256 = createHash('sha256');
  readonly #builders: readonly ColumnBuilder[];
  readonly #output = new ByteWriter();
  readonly #writer: ParquetWriter;
  #blocks: Uint8Array<ArrayBuffer>[] = [];
  #groupRows = 0;
  #groupBytes = 0;
  #copiedBytes = 0;

  constructor(options: EncoderOptions) {
    const { columns, bounded } = options;
    this.#options = options;
    this.#rows = new CopyRows(columns.length, LARGEST_ROW_BYTES);
    this.#builders = columns.map((column, index) =>
      columnBuilder({ column, index, bounded: bounded.includes(column.name), hash: this.#hash }),
    );
    this.#hash.reserve(GROUP_ROWS);
    this.#writer = new ParquetWriter({
      writer: this.#output,
      schema: physicalSchema(columns),
      codec: 'ZSTD',
      compressors: { ZSTD: compressPage },
      statistics: false,
      statisticsTruncateLength: Number.POSITIVE_INFINITY,
      createdBy: 'Nightshift',
    });
  }

  /** Takes a block over: its memory is given back as soon as its rows are written. */
  push(block: Uint8Array<ArrayBuffer>): void {
    this.#blocks.push(block);
    this.#copiedBytes += block.length;
    this.#rows.push(block);
    for (;;) {
      const count = this.#rows.scan(Math.min(WINDOW_ROWS, GROUP_ROWS - this.#groupRows));
      if (count === 0) return;
      for (const builder of this.#builders) builder.append(this.#rows, count);
      this.#groupRows += count;
      this.#groupBytes += this.#rows.scannedBytes;
      if (this.#groupRows >= GROUP_ROWS || this.#groupBytes >= GROUP_BYTES) this.#writeGroup();
    }
  }

  finish(): FileSummary {
    this.#rows.end();
    if (this.#groupRows > 0) this.#writeGroup();
    const { columns, metadata } = this.#options;
    const writer = this.#writer;
    const contentHash = this.#hash.hex();
    annotateSchema(writer.schema, columns);
    writer.kvMetadata = fileMetadata(columns, { ...metadata, 'nightshift.content-hash': contentHash });
    writer.finish();
    this.#emit();
    const digest = this.#sha256.digest();
    return {
      rows: Number(writer.num_rows),
      sizeBytes: this.#output.offset,
      copiedBytes: this.#copiedBytes,
      sha256: { hex: digest.toString('hex'), base64: digest.toString('base64') },
      contentHash,
      bounds: this.#bounds(),
    };
  }

  close(): void {
    // Nothing but memory is held.
  }

  #writeGroup(): void {
    const { columns, bounded } = this.#options;
    const group = this.#builders.map((builder) => builder.takeGroup());
    const columnData = columns.map(({ name }, index) => ({
      name,
      data: group[index]?.data ?? [],
      encoding: group[index]?.encoding,
      columnIndex: bounded.includes(name),
    }));
    const indexedBefore = this.#writer.pendingIndexes.length;
    this.#writer.write({ columnData, rowGroupSize: GROUP_ROWS, pageSize: PAGE_BYTES });
    this.#keepPageBounds(indexedBefore);
    this.#noteStatistics(group);
    this.#hash.endGroup(this.#groupRows);
    this.#groupRows = 0;
    this.#groupBytes = 0;
    this.#releaseBlocks();
    this.#emit();
  }

  /** The writer keeps the bounds of pages until it finishes, as views of blocks that are released before. */
  #keepPageBounds(from: number): void {
    for (const { columnIndex } of this.#writer.pendingIndexes.slice(from)) {
      if (!columnIndex) continue;
      columnIndex.min_values = columnIndex.min_values.map(ownBytes);
      columnIndex.max_values = columnIndex.max_values.map(ownBytes);
    }
  }

  /** Not left to the garbage collector, which sees small views of them and is in no hurry. */
  #releaseBlocks(): void {
    const inUse = this.#rows.bytes.buffer;
    for (const { buffer } of this.#blocks) if (buffer !== inUse && !buffer.detached) buffer.transfer(0);
    this.#blocks = this.#blocks.filter(({ buffer }) => buffer === inUse);
  }

  /** The writer would find them by walking every value again. */
  #noteStatistics(group: readonly GroupColumn[]): void {
    const chunks = this.#writer.row_groups.at(-1)?.columns ?? [];
    for (const [index, { statistics }] of group.entries()) {
      const chunk = chunks[index]?.meta_data;
      if (chunk && statistics) chunk.statistics = statistics;
    }
  }

  #emit(): void {
    const bytes = this.#output.getBytes().slice();
    this.#output.index = 0;
    this.#sha256.update(bytes);
    this.#options.onBytes(bytes);
  }

  #bounds(): Record<string, ColumnBounds> {
    const { columns, bounded } = this.#options;
    const found = columns.flatMap((column, index): [string, ColumnBounds][] => {
      const bounds = bounded.includes(column.name) && this.#builders[index]?.bounds();
      if (!bounds) return [];
      const text = {
        smallest: valueText(column, bounds.smallest),
        largest: valueText(column, bounds.largest),
      };
      return [[column.name, text]];
    });
    return Object.fromEntries(found);
  }
}
