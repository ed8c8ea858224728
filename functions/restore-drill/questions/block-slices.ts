/** Blocks `from` up to `to`; no end means to the last block, wherever it is by then. */
export interface BlockSlice {
  readonly from: number;
  readonly to: number | null;
}

/** A gigabyte of blocks of 8 kB: one statement reads it well within its time, and several share a large table. */
const SLICE_BLOCKS = 131_072;

/** A relation's blocks in slices; at least one, so that an empty file is opened as well. */
export function blockSlices(blocks: number, sliceBlocks: number = SLICE_BLOCKS): BlockSlice[] {
  const count = Math.max(1, Math.ceil(blocks / sliceBlocks));
  return Array.from({ length: count }, (_, index) => ({
    from: index * sliceBlocks,
    to: index + 1 < count ? (index + 1) * sliceBlocks : null,
  }));
}
