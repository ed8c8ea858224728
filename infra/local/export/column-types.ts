import type { SchemaElement } from 'hyparquet';

/** A column as `information_schema.columns` describes it; lengths and precisions are 0 where they mean nothing. */
export interface ColumnDescription {
  readonly name: string;
  readonly dataType: string;
  readonly isDomain: boolean;
  readonly charMaxLength: number;
  readonly numPrecision: number;
  readonly dateTimePrecision: number;
}

/** How one column is written: its Parquet type, the service's word for it, and the value of a text form. */
export interface ExportedColumn {
  readonly name: string;
  readonly element: SchemaElement;
  readonly expectedExportedType: string;
  readonly decode: (text: string) => unknown;
}

type Mapping = Pick<ExportedColumn, 'expectedExportedType' | 'decode'> & {
  readonly element: Omit<SchemaElement, 'name'>;
};

const AS_TEXT: Mapping = {
  element: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  expectedExportedType: 'binary (UTF8)',
  decode: (text) => text,
};

/** The types that the service does not write as text. `Number` reads Postgres's NaN, Infinity and -0 as they are. */
const MAPPINGS: ReadonlyMap<string, Mapping> = new Map<string, Mapping>([
  ['bigint', { element: { type: 'INT64' }, expectedExportedType: 'int64', decode: BigInt }],
  ['integer', { element: { type: 'INT32' }, expectedExportedType: 'int32', decode: Number }],
  [
    'smallint',
    {
      // Without the newer logical type beside it: hyparquet-writer 0.17 writes its bit width in a form that other
      // readers refuse.
      element: { type: 'INT32', converted_type: 'INT_16' },
      expectedExportedType: 'int32 (INT_16)',
      decode: Number,
    },
  ],
  ['double precision', { element: { type: 'DOUBLE' }, expectedExportedType: 'double', decode: Number }],
  ['real', { element: { type: 'FLOAT' }, expectedExportedType: 'float', decode: Number }],
  [
    'boolean',
    { element: { type: 'BOOLEAN' }, expectedExportedType: 'boolean', decode: (text) => text === 't' },
  ],
  [
    'bytea',
    { element: { type: 'BYTE_ARRAY' }, expectedExportedType: 'binary', decode: (text) => fromHex(text) },
  ],
]);

/** Reads `bytea_output = hex`: `\x` and two digits a byte. */
function fromHex(text: string): Uint8Array {
  return Buffer.from(text.slice(2), 'hex');
}

/** The documented type mapping; a domain is written as text, whatever it is made of. */
export function exportedColumn({ name, dataType, isDomain }: ColumnDescription): ExportedColumn {
  const mapping = isDomain ? AS_TEXT : (MAPPINGS.get(dataType) ?? AS_TEXT);
  return { ...mapping, name, element: { ...mapping.element, name, repetition_type: 'OPTIONAL' } };
}
