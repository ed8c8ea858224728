import { BytesColumn, longDecimalColumn, UNFIT_NUMERIC, uuidColumn } from './bytes-columns.ts';
import type { ColumnBuilder, ColumnPlace } from './column-builder.ts';
import { type DecodeInt64, decodeInt64, decodeOid, decodeTimestamp, Int64Column } from './int64-columns.ts';
import { BoolColumn, FloatColumn, Int32Column } from './number-columns.ts';
import { readUnscaled } from './numeric.ts';

/** From 2000-01-01, where Postgres counts from, back to 1970-01-01. */
const EPOCH_DAYS = 10_957;
const INFINITE_DATE = 0x7fffffff;

/** The builder for a column's stored form. */
export function columnBuilder(place: ColumnPlace): ColumnBuilder {
  const { stored } = place.column;
  switch (stored.kind) {
    case 'bool':
      return new BoolColumn(place);
    case 'int16':
      return new Int32Column(place, 2, (view, at) => view.getInt16(at));
    case 'int32':
      return new Int32Column(place, 4, (view, at) => view.getInt32(at));
    case 'date':
      return new Int32Column(place, 4, decodeDate);
    case 'int64':
    case 'time':
      return new Int64Column(place, { widthBytes: 8, decode: decodeInt64, unfit: '' });
    case 'oid':
      return new Int64Column(place, { widthBytes: 4, decode: decodeOid, unfit: '' });
    case 'timestamp':
    case 'timestamptz':
      return new Int64Column(place, {
        widthBytes: 8,
        decode: decodeTimestamp,
        unfit: 'a time after the year 294247',
      });
    case 'decimal':
      return stored.precision <= 18
        ? new Int64Column(place, { decode: decodeDecimal(stored.scale), unfit: UNFIT_NUMERIC })
        : longDecimalColumn(place, stored.precision, stored.scale);
    case 'float':
    case 'double':
      return new FloatColumn(place);
    case 'uuid':
      return uuidColumn(place);
    case 'text':
    case 'jsonb':
    case 'bytes':
      return new BytesColumn(place);
  }
}

/** `infinity` and `-infinity` become the largest int32 and its negation, as DuckDB has them. */
function decodeDate(view: DataView, at: number): number {
  const days = view.getInt32(at);
  if (days === INFINITE_DATE) return INFINITE_DATE;
  if (days === -INFINITE_DATE - 1) return -INFINITE_DATE;
  return days + EPOCH_DAYS;
}

function decodeDecimal(scale: number): DecodeInt64 {
  return (view, at, words, row) => {
    const unscaled = readUnscaled(view, at, scale);
    if (unscaled === undefined) return false;
    words[2 * row] = Number(BigInt.asIntN(32, unscaled));
    words[2 * row + 1] = Number(BigInt.asIntN(32, unscaled >> 32n));
    return true;
  };
}
