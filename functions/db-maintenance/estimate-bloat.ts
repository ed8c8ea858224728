/** What the statistics tell of a B-tree index. */
export interface IndexStatistics {
  readonly rows: number;
  readonly pages: number;
  /** Average bytes of the indexed values of a row. */
  readonly rowBytes: number;
  readonly hasNulls: boolean;
  /** In percent. */
  readonly fillFactor: number;
}

const pageBytes = 8_192;
/** Page header and the special space of a B-tree page. */
const pageOverhead = 24 + 16;
const itemPointerBytes = 4;
const alignment = 8;
const aligned = (bytes: number) => Math.ceil(bytes / alignment) * alignment;

/**
 * How much of an index is empty, in percent, by how many pages its rows would fill: the widely used estimate. It takes
 * no account of equal values being kept once (deduplication), and then says less than is true, never more.
 */
export function estimateBloat({ rows, pages, rowBytes, hasNulls, fillFactor }: IndexStatistics): number {
  const header = hasNulls ? 12 : 8;
  const tuple = itemPointerBytes + aligned(header) + aligned(Math.ceil(rowBytes));
  const perPage = Math.floor(((pageBytes - pageOverhead) * fillFactor) / 100 / tuple);
  const needed = 1 + Math.ceil(rows / Math.max(1, perPage));
  return Math.max(0, 100 * (1 - needed / Math.max(1, pages)));
}

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
