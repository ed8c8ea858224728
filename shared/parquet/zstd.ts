import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** Node's default of 16 KiB puts every page together from many pieces. */
const smallestChunkBytes = 1_024;

/** Level 1: the processor is what an export waits for, and higher levels save little of JSON. */
export function compressPage(page: Uint8Array): Uint8Array {
  return zstdCompressSync(page, {
    chunkSize: Math.max(smallestChunkBytes, page.length >> 1),
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  });
}

/** `length` is that of the page as it was, in bytes. Throws what `node:zlib` throws where it is damaged, or longer. */
export function decompressPage(page: Uint8Array, length: number): Uint8Array {
  return zstdDecompressSync(page, {
    chunkSize: Math.max(smallestChunkBytes, length),
    maxOutputLength: Math.max(smallestChunkBytes, length),
  });
}
