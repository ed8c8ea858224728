import type { ArchiveColumn } from './archive-columns.ts';
import type { PhysicalValue } from './column-builder.ts';
import { fromBigEndian } from './numeric.ts';

const LARGEST_INT64 = 0x7fffffffffffffffn;
const INFINITE_DATE = 0x7fffffff;
const MICROS_PER_DAY = 86_400_000_000n;

/** A stored value as Postgres's output function would say it (ISO dates, UTC), or as its input function reads it alike. */
export function valueText({ stored }: ArchiveColumn, value: PhysicalValue): string {
  switch (stored.kind) {
    case 'bool':
      return value ? 't' : 'f';
    case 'int16':
    case 'int32':
    case 'int64':
    case 'oid':
      return String(value);
    case 'float':
    case 'double':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'text':
    case 'jsonb':
      return utf8.decode(value as Uint8Array);
    case 'bytes':
      return `\\x${hex(value as Uint8Array)}`;
    case 'uuid':
      return hex(value as Uint8Array).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    case 'date':
      return dateText(Number(value));
    case 'time':
      return timeText(BigInt(value as bigint));
    case 'timestamp':
    case 'timestamptz':
      return timestampText(BigInt(value as bigint), stored.kind === 'timestamptz' ? '+00' : '');
    case 'decimal':
      return decimalText(value instanceof Uint8Array ? fromBigEndian(value) : BigInt(value), stored.scale);
  }
}

// A byte order mark is a character of the value like any other.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const sign = unscaled < 0n ? '-' : '';
  return scale === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-scale)}`;
}

function dateText(days: number): string {
  if (Math.abs(days) === INFINITE_DATE) return days > 0 ? 'infinity' : '-infinity';
  const { year, month, day, era } = civil(days);
  return `${year}-${month}-${day}${era}`;
}

function timestampText(micros: bigint, zone: string): string {
  if (micros === LARGEST_INT64) return 'infinity';
  if (micros === -LARGEST_INT64) return '-infinity';
  const days = (micros - modulo(micros, MICROS_PER_DAY)) / MICROS_PER_DAY;
  const { year, month, day, era } = civil(Number(days));
  return `${year}-${month}-${day} ${timeText(modulo(micros, MICROS_PER_DAY))}${zone}${era}`;
}

function modulo(value: bigint, by: bigint): bigint {
  const rest = value % by;
  return rest < 0n ? rest + by : rest;
}

/** Without trailing zeroes in the fraction, as Postgres has it. */
function timeText(micros: bigint): string {
  const whole = Number(micros / 1_000_000n);
  const fraction = Number(micros % 1_000_000n);
  const clock = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60].map(twoDigits).join(':');
  return fraction === 0 ? clock : `${clock}.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

const DAYS_PER_ERA = 146_097;

/**
 * Days since 1970 as a date of the Gregorian calendar, which Postgres extends to both sides; Date ends 200,000 years too
 * early. After Howard Hinnant's "chrono-compatible low-level date algorithms".
 */
function civil(days: number): { year: string; month: string; day: string; era: string } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return {
    // There is no year 0: the year before 1 is 1 BC.
    year: String(year > 0 ? year : 1 - year).padStart(4, '0'),
    month: twoDigits(month),
    day: twoDigits(day),
    era: year > 0 ? '' : ' BC',
  };
}
