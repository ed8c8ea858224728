import { createHash } from 'node:crypto';
import type { ReadBack } from './file-summary.ts';
import { hashValues } from './hash-values.ts';
import { openArchived } from './row-groups.ts';
import { RowHash } from './row-hash.ts';
import { Spool } from './spool.ts';

/** Takes a file's bytes in order, and tells what is in it. */
export class FileReader {
  readonly #sha256 = createHash('sha256');
  readonly #spool = new Spool();

  push(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#spool.append(bytes);
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
    const { columns, groups, readGroup } = await openArchived({ byteLength, slice });
    const hash = new RowHash();
    for (const [group, rows] of groups.entries()) {
      hash.reserve(rows);
      await readGroup(group, ({ column: index, from, values }) => {
        const column = columns[index];
        if (column) hashValues({ column, index, hash }, from, values);
      });
      hash.endGroup(rows);
    }
    return { rows: groups.reduce((sum, rows) => sum + rows, 0), contentHash: hash.hex() };
  }
}
