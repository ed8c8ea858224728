/** One column of an index, as its values lie there. */
export interface IndexColumn {
  /** Bytes of a value; the average where values differ. */
  readonly bytes: number;
  readonly isVariable: boolean;
  /** 1, 2, 4 or 8 bytes. */
  readonly alignment: number;
  /** 0 to 1. */
  readonly nullShare: number;
}

/** What the statistics tell of a B-tree index. */
export interface IndexStatistics {
  readonly rows: number;
  /** As of the same look as the rows. */
  readonly countedPages: number;
  /** Now. */
  readonly pages: number;
  readonly columns: readonly IndexColumn[];
  /** Of rows that the average over the whole table says nothing about. */
  readonly isPartial: boolean;
  /** In percent. */
  readonly fillFactor: number;
}

const pageBytes = 8_192;
/** Without the page's header and the special space of a B-tree page. */
const usableBytes = pageBytes - 24 - 16;
const itemPointerBytes = 4;
const largestAlignment = 8;
/** Above the leaves, whatever the index says. */
const innerFill = 0.7;

/**
 * How much of an index is empty, in percent: what lies beyond the pages that its rows fill at most. It takes no account
 * of equal values being kept once (deduplication), and takes values of differing lengths for as long as they may be: it
 * says less than is true, and hardly ever more. `countedPages` that were not there yet count as full.
 */
export function estimateBloat(index: IndexStatistics): number {
  const { rows, pages, countedPages, fillFactor } = index;
  const tuple = itemPointerBytes + tupleBytes(index);
  // One place of each page is for its upper bound.
  const perLeaf = Math.max(1, Math.floor((usableBytes * fillFactor) / 100 / tuple) - 1);
  const perInner = Math.max(2, Math.floor((usableBytes * innerFill) / tuple));
  let needed = 1;
  for (
    let level = Math.ceil(rows / perLeaf);
    level > 0;
    level = level > 1 ? Math.ceil(level / perInner) : 0
  ) {
    needed += level;
  }
  return Math.max(0, (100 * (Math.min(countedPages, pages) - needed)) / Math.max(1, pages));
}

/** With its header, longer where there are nulls, and what aligning it costs at most. */
function tupleBytes({ columns, isPartial }: IndexStatistics): number {
  const header = columns.some(({ nullShare }) => nullShare > 0) ? 16 : 8;
  let bytes = header;
  let isExact = true;
  for (const { bytes: width, alignment, nullShare, isVariable } of columns) {
    const isSometimes = nullShare > 0 || isVariable;
    const padding = isExact ? aligned(bytes, alignment) - bytes : alignment - 1;
    // A short value of differing length is not aligned at all.
    bytes += (isVariable ? 0 : padding) + width * (isPartial ? 1 : 1 - nullShare);
    isExact &&= !isSometimes;
  }
  return isExact ? aligned(bytes, largestAlignment) : bytes + largestAlignment - 1;
}

const aligned = (bytes: number, to: number) => Math.ceil(bytes / to) * to;

/** What `pgstatindex` counts. */
export interface IndexPages {
  readonly leafPages: number;
  readonly internalPages: number;
  readonly pages: number;
  /** In percent; NaN where there is no leaf. */
  readonly leafDensity: number;
}

/** The same, measured: pages that are empty or deleted count too. */
export function measuredBloat(
  { leafPages, internalPages, pages, leafDensity }: IndexPages,
  fillFactor: number,
): number {
  const full = Number.isFinite(leafDensity) ? leafPages * Math.min(1, leafDensity / fillFactor) : 0;
  return Math.max(0, 100 * (1 - (full + internalPages + 1) / Math.max(1, pages)));
}
