import type { KeyValue, SchemaElement } from 'hyparquet';
import type { ArchiveColumn } from './archive-columns.ts';
import { MalformedRows } from './archive-errors.ts';
import { decimalBytes } from './numeric.ts';

/** Raised when older readers would take a file for something else than it is. */
const FORMAT_VERSION = '1';
const FORMAT_KEY = 'nightshift.format';
const COLUMNS_KEY = 'nightshift.columns';

type Physical = Pick<SchemaElement, 'type' | 'type_length'>;
type Annotation = Pick<SchemaElement, 'converted_type' | 'logical_type' | 'precision' | 'scale'>;

/** The elements without what their values mean: so the writer takes physical values as they are. */
export function physicalSchema(columns: readonly ArchiveColumn[]): SchemaElement[] {
  const root: SchemaElement = { name: 'archive', num_children: columns.length };
  return [root, ...columns.map(physicalElement)];
}

function physicalElement(column: ArchiveColumn): SchemaElement {
  const { name, nullable } = column;
  return { name, ...physicalType(column), repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED' };
}

/** Adds what the values mean, in place: before the footer is written, and after the last row group. */
export function annotateSchema(elements: readonly SchemaElement[], columns: readonly ArchiveColumn[]): void {
  for (const [index, column] of columns.entries())
    Object.assign(elements[index + 1] ?? {}, annotation(column));
}

function physicalType({ stored }: ArchiveColumn): Physical {
  switch (stored.kind) {
    case 'bool':
      return { type: 'BOOLEAN' };
    case 'int16':
    case 'int32':
    case 'date':
      return { type: 'INT32' };
    case 'int64':
    case 'oid':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return { type: 'INT64' };
    case 'float':
      return { type: 'FLOAT' };
    case 'double':
      return { type: 'DOUBLE' };
    case 'uuid':
      return { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 };
    case 'decimal':
      return stored.precision <= 18
        ? { type: 'INT64' }
        : { type: 'FIXED_LEN_BYTE_ARRAY', type_length: decimalBytes(stored.precision) };
    case 'text':
    case 'jsonb':
    case 'bytes':
      return { type: 'BYTE_ARRAY' };
  }
}

function annotation({ stored }: ArchiveColumn): Annotation {
  switch (stored.kind) {
    case 'int16':
      // Without the newer logical type: hyparquet-writer 0.17 writes its bit width in a form that others refuse.
      return { converted_type: 'INT_16' };
    case 'text':
    case 'jsonb':
      // Not as JSON: readers would parse it, and `json` is to come back byte for byte.
      return { converted_type: 'UTF8', logical_type: { type: 'STRING' } };
    case 'uuid':
      return { logical_type: { type: 'UUID' } };
    case 'date':
      return { converted_type: 'DATE', logical_type: { type: 'DATE' } };
    case 'time':
      return { logical_type: { type: 'TIME', isAdjustedToUTC: false, unit: 'MICROS' } };
    case 'timestamp':
      return { logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'MICROS' } };
    case 'timestamptz':
      return {
        converted_type: 'TIMESTAMP_MICROS',
        logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
      };
    case 'decimal': {
      const { precision, scale } = stored;
      return {
        converted_type: 'DECIMAL',
        precision,
        scale,
        logical_type: { type: 'DECIMAL', precision, scale },
      };
    }
    case 'bool':
    case 'int32':
    case 'int64':
    case 'oid':
    case 'float':
    case 'double':
    case 'bytes':
      return {};
  }
}

/** What the file says of itself: the format's version, and each column as it is in Postgres and in the file. */
export function fileMetadata(
  columns: readonly ArchiveColumn[],
  more: Readonly<Record<string, string>>,
): KeyValue[] {
  const own = { [FORMAT_KEY]: FORMAT_VERSION, [COLUMNS_KEY]: JSON.stringify(columns) };
  return Object.entries({ ...more, ...own }).map(([key, value]) => ({ key, value }));
}

/** The columns that a file says it holds. Throws MalformedRows where it is none of ours, or of a later format. */
export function columnsOfFile(metadata: readonly KeyValue[] | undefined): ArchiveColumn[] {
  const found = new Map(metadata?.map(({ key, value }) => [key, value]));
  const version = found.get(FORMAT_KEY);
  if (version !== FORMAT_VERSION) {
    throw new MalformedRows(
      `Reading an archived file: its format is ${version ?? 'none of ours'}, and ${FORMAT_VERSION} is known.`,
    );
  }
  return JSON.parse(found.get(COLUMNS_KEY) ?? '[]') as ArchiveColumn[];
}
