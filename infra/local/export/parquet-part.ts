import { gzipSync } from 'node:zlib';
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import type { ExportedColumn } from './column-types.ts';
import { copyFields } from './copy-text.ts';

/** Level 1: this is a stand-in on a laptop, where speed counts for more than size. */
const compressors = { GZIP: (page: Uint8Array) => new Uint8Array(gzipSync(page, { level: 1 })) };

/** One Parquet file in the making; rows wait as columns until they are many enough for a row group. */
export class ParquetPart {
  readonly #columns: readonly ExportedColumn[];
  readonly #output = new ByteWriter();
  readonly #writer: ParquetWriter;
  #values: unknown[][];
  #waitingBytes = 0;
  #sizeBytes = 0;

  constructor(columns: readonly ExportedColumn[]) {
    const root: SchemaElement = { name: 'spark_schema', num_children: columns.length };
    this.#columns = columns;
    this.#values = columns.map(() => []);
    this.#writer = new ParquetWriter({
      writer: this.#output,
      schema: [root, ...columns.map(({ element }) => element)],
      codec: 'GZIP',
      compressors,
      // Cut-off greatest values need not be UTF-8, which strict readers refuse; nobody prunes by them here.
      statistics: false,
    });
  }

  /** The rows' size as COPY text, in bytes (characters, for text beyond ASCII). */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Takes one row as a line of COPY text. */
  add(line: string, rowGroupBytes: number): void {
    const fields = copyFields(line);
    for (const [index, column] of this.#columns.entries()) {
      const text = fields[index];
      if (text === undefined) throw new Error(`reading COPY output: a row has no field ${column.name}`);
      this.#values[index]?.push(text === null ? null : column.decode(text));
    }
    this.#waitingBytes += line.length + 1;
    this.#sizeBytes += line.length + 1;
    if (this.#waitingBytes >= rowGroupBytes) this.#writeRowGroup();
  }

  /** The finished file. */
  finish(): Uint8Array {
    if (this.#waitingBytes > 0) this.#writeRowGroup();
    this.#writer.finish();
    return this.#output.getBytes();
  }

  #writeRowGroup(): void {
    const columnData = this.#columns.map(({ name }, index) => ({ name, data: this.#values[index] ?? [] }));
    this.#writer.write({ columnData, rowGroupSize: Number.MAX_SAFE_INTEGER });
    this.#values = this.#columns.map(() => []);
    this.#waitingBytes = 0;
  }
}
