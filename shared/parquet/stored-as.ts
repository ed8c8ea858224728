import type { PlainKind, StoredAs } from './archive-columns.ts';

/** Oids of Postgres's own types never change. Types that are not here go as text. */
const KINDS: ReadonlyMap<number, PlainKind> = new Map<number, PlainKind>([
  [16, 'bool'],
  [17, 'bytes'],
  [19, 'text'], // name
  [20, 'int64'],
  [21, 'int16'],
  [23, 'int32'],
  [25, 'text'],
  [26, 'oid'],
  [114, 'text'], // json: its text is kept to the byte
  [700, 'float'],
  [701, 'double'],
  [1042, 'text'], // bpchar: its own bytes keep the padding, which a cast to text would cut
  [1043, 'text'],
  [1082, 'date'],
  [1083, 'time'],
  [1114, 'timestamp'],
  [1184, 'timestamptz'],
  [2950, 'uuid'],
  [3802, 'jsonb'],
]);

const NUMERIC = 1700;
const LARGEST_PRECISION = 38;

/** A type after its domains are taken off, as `pg_type` and `atttypmod` (or `typtypmod`) give it. */
export interface BaseType {
  readonly oid: number;
  /** `e` for an enum. */
  readonly typtype: string;
  /** -1 where the type has none. */
  readonly typmod: number;
}

/** The Parquet form of a type's values as COPY BINARY sends them, or undefined where they are to be cast to text. */
export function storedAs({ oid, typtype, typmod }: BaseType): StoredAs | undefined {
  if (oid === NUMERIC) return decimal(typmod);
  if (typtype === 'e') return { kind: 'text' };
  const kind = KINDS.get(oid);
  return kind && { kind };
}

/** `numeric(p,s)` has typmod ((p << 16) | s) + 4, with s in 11 bits, signed. */
function decimal(typmod: number): StoredAs | undefined {
  if (typmod < 4) return undefined;
  const precision = ((typmod - 4) >> 16) & 0xffff;
  const scale = (((typmod - 4) & 0x7ff) ^ 1_024) - 1_024;
  if (precision > LARGEST_PRECISION || scale < 0 || scale > precision) return undefined;
  return { kind: 'decimal', precision, scale };
}
