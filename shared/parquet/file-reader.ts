import { createHash } from 'node:crypto';
import { MalformedRows } from './archive-errors.ts';
import type { ReadBack } from './file-summary.ts';
import { hashValues } from './hash-values.ts';
import { hashPlainBytes } from './plain-bytes.ts';
import { release } from './release.ts';
import { type ArchivedFile, type ColumnPart, openArchived } from './row-groups.ts';
import { RowHash } from './row-hash.ts';
import { Spool } from './spool.ts';

/** Takes a file's bytes in order, and tells what is in it. */
export class FileReader {
  readonly #sha256 = createHash('sha256');
  readonly #spool = new Spool();

  push(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#spool.append(bytes);
    release(bytes);
  }

  async finish(): Promise<ReadBack> {
    const digest = this.#sha256.digest();
    const read = await this.#readRows();
    this.#spool.close();
    return {
      ...read,
      sizeBytes: this.#spool.sizeBytes,
      sha256: { hex: digest.toString('hex'), base64: digest.toString('base64') },
    };
  }

  /** After a failure; `finish` closes by itself. */
  close(): void {
    this.#spool.close();
  }

  async #readRows(): Promise<{ rows: number; contentHash: string }> {
    const spool = this.#spool;
    const byteLength = spool.sizeBytes;
    const slice = (start: number, end = byteLength) => spool.read(start, end);
    const archived = await openArchived({ byteLength, slice });
    const { groups } = archived;
    const hash = new RowHash();
    for (const [group, rows] of groups.entries()) {
      hash.reserve(rows);
      await this.#hashGroup(archived, group, hash);
      hash.endGroup(rows);
    }
    return { rows: groups.reduce((sum, rows) => sum + rows, 0), contentHash: hash.hex() };
  }

  async #hashGroup(archived: ArchivedFile, group: number, hash: RowHash): Promise<void> {
    const { columns, groups, readGroup, plainBytesOf } = archived;
    const isPlain = columns.map((column, index) => {
      const place = plainBytesOf(group, index);
      if (!place) return false;
      const chunk = new Uint8Array(this.#spool.read(place.start, place.end));
      const rows = hashPlainBytes(chunk, { hash, seed: index + 1, nullable: column.nullable });
      release(chunk);
      if (rows === groups[group]) return true;
      throw new MalformedRows(
        `Reading an archived file: row group ${group} has ${groups[group]} rows, and its column ${column.name} ${rows}.`,
      );
    });
    const onPart = ({ column: index, from, values }: ColumnPart) => {
      const column = columns[index];
      if (column) hashValues({ column, index, hash }, from, values);
    };
    await readGroup(group, onPart, (index) => isPlain[index] !== true);
  }
}
