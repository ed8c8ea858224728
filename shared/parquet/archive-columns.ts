import { quoteName } from '../postgres/quote.ts';

/** How a column's values lie in the file; `text` is what Postgres's output function says, or the type's own bytes. */
export type StoredAs =
  | { readonly kind: PlainKind }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number };

export const PLAIN_KINDS = [
  'bool',
  'int16',
  'int32',
  'int64',
  'oid',
  'float',
  'double',
  'text',
  'jsonb',
  'uuid',
  'bytes',
  'date',
  'timestamp',
  'timestamptz',
  'time',
] as const;
export type PlainKind = (typeof PLAIN_KINDS)[number];

/** One column of an archived table: what it is in Postgres, how it is selected, and how it is stored. */
export interface ArchiveColumn {
  readonly name: string;
  /** As `format_type` says, with the schema of what is not Postgres's own: `numeric(10,2)`, `public.mood[]`. */
  readonly postgresType: string;
  readonly nullable: boolean;
  /** A generated column: archived as a value, never loaded back. */
  readonly generated: boolean;
  /** `value`: as COPY BINARY sends it; `text`: cast to text; `hash`: SHA-256 of its text, in hex. */
  readonly selected: 'value' | 'text' | 'hash';
  readonly stored: StoredAs;
}

/** What a policy says about single columns; names that the table lacks are refused. */
export interface ColumnChoice {
  readonly omit?: readonly string[];
  readonly hash?: readonly string[];
  /** Columns whose values do not fit their Parquet type: see ColumnNeedsText. */
  readonly asText?: readonly string[];
}

/** The columns as a SELECT list, in their order. */
export function selectList(columns: readonly ArchiveColumn[]): string {
  return columns.map(expression).join(', ');
}

function expression({ name, selected }: ArchiveColumn): string {
  const quoted = quoteName(name);
  switch (selected) {
    case 'value':
      return quoted;
    case 'text':
      return `${quoted}::text`;
    case 'hash':
      return `encode(sha256(convert_to(${quoted}::text, 'UTF8')), 'hex')`;
  }
}
