import { NightshiftError } from '../job/errors.ts';

/**
 * A value does not fit the Parquet type of its column (NaN in a `numeric(p,s)`, a timestamp beyond int64 Unix
 * microseconds). The batch is to be repeated with this column in `asText`.
 */
export class ColumnNeedsText extends NightshiftError {
  override readonly name = 'ColumnNeedsText';
  readonly column: string;

  constructor(column: string, message: string) {
    super(message);
    this.column = column;
  }

  /** `why` ends "the column holds …". */
  static because(column: string, why: string): ColumnNeedsText {
    return new ColumnNeedsText(column, `Column ${column} holds ${why}: select and store it as text.`);
  }
}

/** A row is larger than what may be held in memory at once. */
export class RowTooLarge extends NightshiftError {
  override readonly name = 'RowTooLarge';
}

/** What came from COPY, or is in a file, is not what its columns say. */
export class MalformedRows extends NightshiftError {
  override readonly name = 'MalformedRows';
}
