import { MalformedRows, RowTooLarge } from './archive-errors.ts';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, flags, and the length of an extension that no version has used yet. */
const HEADER_BYTES = SIGNATURE.length + 8;
const HAS_OIDS = 1 << 16;
/** How many rows are looked at together. */
export const WINDOW_ROWS = 4_096;

/**
 * Finds the rows and fields of COPY BINARY in blocks that are cut anywhere. After `scan`, the fields of the rows that
 * it found lie in `bytes`: field c of row r starts at `starts[c * WINDOW_ROWS + r]`, its length (-1: NULL) is in
 * `lengths` at the same place.
 */
export class CopyRows {
  readonly starts: Int32Array;
  readonly lengths: Int32Array;
  bytes: Uint8Array = new Uint8Array(0);
  view = new DataView(this.bytes.buffer);
  /** Of the rows of the last scan, with their lengths and counts of fields. */
  scannedBytes = 0;
  readonly #columns: number;
  readonly #largestRowBytes: number;
  #at = 0;
  #waiting: Uint8Array<ArrayBuffer>[] = [];
  #waitingBytes = 0;
  #neededBytes = HEADER_BYTES;
  #headerRead = false;
  #finished = false;

  constructor(columns: number, largestRowBytes: number) {
    this.#columns = columns;
    this.#largestRowBytes = largestRowBytes;
    this.starts = new Int32Array(columns * WINDOW_ROWS);
    this.lengths = new Int32Array(columns * WINDOW_ROWS);
  }

  /** Takes a block over: once it has been put together with others, its own memory is given back. */
  push(block: Uint8Array<ArrayBuffer>): void {
    if (this.#finished) throw new MalformedRows('Reading COPY output: bytes follow its end.');
    this.#waiting.push(block);
    this.#waitingBytes += block.length;
  }

  /** Finds up to `limit` (at most WINDOW_ROWS) rows; 0 where more blocks are needed. Valid until the next call. */
  scan(limit: number): number {
    if (!this.#gather()) return 0;
    if (!this.#headerRead) this.#readHeader();
    this.#neededBytes = 1;
    const from = this.#at;
    let rows = 0;
    while (rows < limit && this.#scanRow(rows)) rows++;
    this.scannedBytes = this.#at - from;
    return rows;
  }

  /** Throws where the stream stopped before its trailer. */
  end(): void {
    if (!this.#finished) throw new MalformedRows('Reading COPY output: it ends before its trailer.');
  }

  /** Puts what is left together with what came since; once for a row, however many blocks it spans. */
  #gather(): boolean {
    const left = this.bytes.length - this.#at;
    if (this.#waiting.length > 0 && left + this.#waitingBytes >= this.#neededBytes) {
      const [only] = this.#waiting;
      this.bytes = left === 0 && this.#waiting.length === 1 && only ? only : this.#join();
      this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
      this.#at = 0;
      this.#waiting = [];
      this.#waitingBytes = 0;
    }
    return this.bytes.length - this.#at >= this.#neededBytes;
  }

  #join(): Uint8Array {
    const joined = Buffer.concat([this.bytes.subarray(this.#at), ...this.#waiting]);
    for (const { buffer } of this.#waiting) buffer.transfer(0);
    return joined;
  }

  #readHeader(): void {
    const flags = this.view.getInt32(SIGNATURE.length);
    const extensionBytes = this.view.getInt32(SIGNATURE.length + 4);
    if (!SIGNATURE.equals(this.bytes.subarray(0, SIGNATURE.length)) || flags & HAS_OIDS || extensionBytes) {
      throw new MalformedRows('Reading COPY output: it does not begin as COPY … (FORMAT binary) does.');
    }
    this.#at = HEADER_BYTES;
    this.#headerRead = true;
  }

  #scanRow(row: number): boolean {
    const { view, starts, lengths } = this;
    const end = this.bytes.length;
    let at = this.#at;
    if (at + 2 > end) return this.#wait(2);
    const fields = view.getInt16(at);
    if (fields !== this.#columns) return this.#endOrRefuse(fields);
    at += 2;
    for (let slot = row, column = 0; column < fields; column++, slot += WINDOW_ROWS) {
      if (at + 4 > end) return this.#wait(at + 4 - this.#at);
      const length = view.getInt32(at);
      at += 4;
      starts[slot] = at;
      lengths[slot] = length;
      if (length <= 0) {
        if (length < -1) throw new MalformedRows(`Reading COPY output: a field has ${length} bytes.`);
        continue;
      }
      if (length > end - at) return this.#wait(at + length - this.#at);
      at += length;
    }
    this.#at = at;
    return true;
  }

  #wait(bytes: number): false {
    if (bytes > this.#largestRowBytes) {
      throw new RowTooLarge(
        `A row has at least ${bytes} bytes, and no more than ${this.#largestRowBytes} fit into memory: leave its large column out, or keep such rows by another policy.`,
      );
    }
    this.#neededBytes = bytes;
    return false;
  }

  #endOrRefuse(fields: number): false {
    if (fields !== -1) {
      throw new MalformedRows(`Reading COPY output: a row has ${fields} fields instead of ${this.#columns}.`);
    }
    this.#at += 2;
    this.#finished = true;
    this.#neededBytes = 1;
    if (this.#at < this.bytes.length || this.#waitingBytes > 0) {
      throw new MalformedRows('Reading COPY output: bytes follow its end.');
    }
    return false;
  }
}
