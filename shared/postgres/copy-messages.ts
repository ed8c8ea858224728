/** Bytes of a message before its body: its code, and a length that counts itself. */
const HEADER_BYTES = 5;

const COPY_DATA = 0x64; // d
const COPY_DONE = 0x63; // c
/** What may come between: CopyOutResponse, ParameterStatus, NoticeResponse, NotificationResponse. */
const PASSED_OVER = new Set([0x48, 0x53, 0x4e, 0x41]);

/**
 * Takes the frames off what Postgres sends during `COPY … TO STDOUT`, each byte copied once, into blocks that the
 * receiver may keep. The end is CopyDone, or a message that belongs to no COPY (an error), which is left unread.
 */
export class CopyMessages {
  readonly #blockBytes: number;
  readonly #onBlock: (block: Uint8Array) => void;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #bodyBytes = 0;
  #isData = false;
  #block: Buffer;
  #filledBytes = 0;

  constructor(blockBytes: number, onBlock: (block: Uint8Array) => void) {
    this.#blockBytes = blockBytes;
    this.#onBlock = onBlock;
    this.#block = Buffer.allocUnsafeSlow(blockBytes);
  }

  /** Reads a chunk. Answers what of it (and of the header before) is not of this COPY, or undefined while it goes on. */
  read(chunk: Buffer): Buffer | undefined {
    let at = 0;
    while (at < chunk.length) {
      if (this.#bodyBytes > 0) {
        const end = Math.min(at + this.#bodyBytes, chunk.length);
        if (this.#isData) this.#append(chunk, at, end);
        this.#bodyBytes -= end - at;
        at = end;
        continue;
      }
      at = this.#readHeader(chunk, at);
      if (this.#headerBytes < HEADER_BYTES) return undefined;
      this.#headerBytes = 0;
      const code = this.#header[0] ?? 0;
      this.#bodyBytes = this.#header.readUInt32BE(1) - (HEADER_BYTES - 1);
      this.#isData = code === COPY_DATA;
      // A message is a row, as a rule: rows that are whole in one block need not be put together later.
      if (this.#filledBytes + this.#bodyBytes > this.#blockBytes) this.#flush();
      if (this.#isData || PASSED_OVER.has(code)) continue;
      this.#flush();
      return code === COPY_DONE ? chunk.subarray(at) : Buffer.concat([this.#header, chunk.subarray(at)]);
    }
    return undefined;
  }

  #readHeader(chunk: Buffer, from: number): number {
    const end = Math.min(from + HEADER_BYTES - this.#headerBytes, chunk.length);
    for (let at = from; at < end; at++) this.#header[this.#headerBytes++] = chunk[at] ?? 0;
    return end;
  }

  #append(chunk: Buffer, from: number, end: number): void {
    let at = from;
    while (at < end) {
      const copied = chunk.copy(this.#block, this.#filledBytes, at, end);
      this.#filledBytes += copied;
      at += copied;
      if (this.#filledBytes === this.#blockBytes) this.#flush();
    }
  }

  #flush(): void {
    if (this.#filledBytes === 0) return;
    this.#onBlock(this.#block.subarray(0, this.#filledBytes));
    this.#block = Buffer.allocUnsafeSlow(this.#blockBytes);
    this.#filledBytes = 0;
  }
}
