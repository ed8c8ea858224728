/** Smallest and largest value of a column, in Postgres's text form (UTC). */
export interface ColumnBounds {
  readonly smallest: string;
  readonly largest: string;
}

/** What was written, and what the read-back must find again. */
export interface FileSummary {
  readonly rows: number;
  /** Of the finished file. */
  readonly sizeBytes: number;
  /** Read from COPY. */
  readonly copiedBytes: number;
  /** Of the file's bytes; S3 takes and gives base64. */
  readonly sha256: { readonly hex: string; readonly base64: string };
  /** Of the rows, whatever their order; 32 hex digits (row-hash.ts). */
  readonly contentHash: string;
  /** Of the columns in `bounded`, as far as they hold a value. */
  readonly bounds: Readonly<Record<string, ColumnBounds>>;
}

/** What a file turned out to hold. */
export interface ReadBack {
  readonly rows: number;
  readonly sizeBytes: number;
  readonly sha256: { readonly hex: string; readonly base64: string };
  readonly contentHash: string;
}
