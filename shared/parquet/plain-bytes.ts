import { MalformedRows } from './archive-errors.ts';
import { type DataPageHeader, readDataPageHeader, readPresence } from './page-header.ts';
import { release } from './release.ts';
import type { RowHash } from './row-hash.ts';
import { decompressPage } from './zstd.ts';

interface Place {
  readonly hash: RowHash;
  /** The column's position in the file, from 1. */
  readonly seed: number;
  readonly nullable: boolean;
}

/**
 * Adds the values of one column chunk of PLAIN byte arrays to the hashes of its rows, from 0, and answers how many rows
 * it had. They are hashed where they lie in the page: an object for each value took half the time of reading back.
 * Throws MalformedRows where the chunk is damaged.
 */
export function hashPlainBytes(chunk: Uint8Array, place: Place): number {
  try {
    return hashPages(chunk, place);
  } catch (cause) {
    if (cause instanceof MalformedRows) throw cause;
    throw new MalformedRows(`Reading an archived file: a page is damaged: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function hashPages(chunk: Uint8Array, place: Place): number {
  const view = viewOf(chunk);
  let rows = 0;
  for (let at = 0; at < chunk.length; ) {
    const header = readDataPageHeader(view, at);
    if (!header.isPlain) {
      throw new MalformedRows('Reading an archived file: a page of plain values is encoded otherwise.');
    }
    at += header.length;
    hashPage(chunk.subarray(at, at + header.compressedLength), header, place, rows);
    at += header.compressedLength;
    rows += header.values;
  }
  return rows;
}

function hashPage(page: Uint8Array, header: DataPageHeader, place: Place, from: number): void {
  const { values, nulls, levelsLength, valuesLength, isCompressed } = header;
  const present =
    place.nullable && nulls > 0 ? readPresence(page.subarray(0, levelsLength), values) : undefined;
  const stored = page.subarray(levelsLength);
  const plain = isCompressed ? decompressPage(stored, valuesLength) : stored;
  hashStored(plain, { ...place, values, present, from });
  if (isCompressed) release(plain);
}

interface StoredValues extends Place {
  readonly values: number;
  /** 0 for NULL; without it there is none. */
  readonly present: Uint8Array | undefined;
  /** Row of the first one. */
  readonly from: number;
}

function hashStored(bytes: Uint8Array, { values, present, from, hash, seed }: StoredValues): void {
  const view = viewOf(bytes);
  let at = 0;
  for (let row = 0; row < values; row++) {
    if (present && present[row] === 0) {
      hash.addNull(from + row, seed);
      continue;
    }
    const length = view.getUint32(at, true);
    hash.addBytes(from + row, seed, view, at + 4, length);
    at += 4 + length;
  }
  if (at === bytes.length) return;
  throw new MalformedRows('Reading an archived file: a page holds more than its values.');
}

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);
