/** Small chunks are put together, as each message to a thread costs more than copying them. */
const BLOCK_BYTES = 256 * 1_024;

/** A stream or another source of chunks; a stream's `destroy` ends it even while it is waited for. */
export type BlockSource = AsyncIterable<Uint8Array> & { destroy?: () => void };

/**
 * Reads a source to its end and gives its chunks on as blocks. Chunks that fill their ArrayBuffer (all but an eighth
 * of it) are given as they are, to be transferred; others are copied. Answers whether the source was read to its end:
 * it is left as soon as `isOver`, and is left too where it or `give` throws.
 */
export async function feedBlocks(
  source: BlockSource,
  isOver: () => boolean,
  give: (block: ArrayBuffer, length: number) => Promise<void>,
): Promise<boolean> {
  const small = new SmallChunks();
  for await (const chunk of source) {
    if (isOver()) return false;
    if (chunk.length < BLOCK_BYTES) {
      small.add(chunk);
      if (small.sizeBytes < BLOCK_BYTES) continue;
    }
    if (small.sizeBytes > 0) await give(small.take(), small.takenBytes);
    if (chunk.length >= BLOCK_BYTES) await give(ownBuffer(chunk), chunk.length);
    if (isOver()) return false;
  }
  if (small.sizeBytes > 0) await give(small.take(), small.takenBytes);
  return !isOver();
}

function ownBuffer({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer {
  const fills = byteOffset === 0 && byteLength >= buffer.byteLength * (7 / 8);
  if (fills && buffer instanceof ArrayBuffer) return buffer;
  return new Uint8Array(buffer, byteOffset, byteLength).slice().buffer;
}

class SmallChunks {
  #bytes = new Uint8Array(2 * BLOCK_BYTES);
  sizeBytes = 0;
  takenBytes = 0;

  add(chunk: Uint8Array): void {
    this.#bytes.set(chunk, this.sizeBytes);
    this.sizeBytes += chunk.length;
  }

  take(): ArrayBuffer {
    const { buffer } = this.#bytes;
    this.#bytes = new Uint8Array(2 * BLOCK_BYTES);
    this.takenBytes = this.sizeBytes;
    this.sizeBytes = 0;
    return buffer;
  }
}
