import { quoteName } from '../postgres/quote.ts';
import type { ArchiveColumn } from './archive-columns.ts';

/** Of a row as COPY BINARY sends it: several copies of a row exist while it is encoded. */
export const LARGEST_ROW_BYTES = 24 * 1_024 * 1_024;

/** No value of fixed width takes more, nor does a numeric of 38 digits. */
const FIXED_BYTES = 40;
/** Bytes in the table below which no row is looked at more closely: nothing that Postgres compresses grows a thousandfold. */
const SUSPECT_BYTES = 16 * 1_024;

/**
 * An SQL condition over a table's columns: the row has more bytes than LARGEST_ROW_BYTES where these are selected. What
 * lies compressed, or beside the table, is only read of rows that may be so large.
 */
export function tooLargeRow(columns: readonly ArchiveColumn[]): string {
  const stored = columns.map(({ name }) => `coalesce(pg_column_size(${quoteName(name)}), 0)::bigint`);
  const sent = columns.map((column) => `4 + coalesce(${sentBytes(column)}, 0)::bigint`);
  return `CASE WHEN ${stored.join(' + ')} > ${SUSPECT_BYTES} THEN 2 + ${sent.join(' + ')} > ${LARGEST_ROW_BYTES} ELSE false END`;
}

function sentBytes({ name, selected, stored }: ArchiveColumn): string {
  const column = quoteName(name);
  if (selected === 'hash') return '64';
  if (stored.kind === 'bytes') return `octet_length(${column})`;
  if (stored.kind === 'jsonb') return `octet_length(${column}::text) + 1`;
  return stored.kind === 'text' ? `octet_length(${column}::text)` : `${FIXED_BYTES}`;
}
