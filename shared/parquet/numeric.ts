/**
 * Reads what COPY BINARY sends of a `numeric`: its value times 10^scale. Undefined for NaN and infinity, and where the
 * value has more decimals than `scale` or is shown with another number of them.
 */
export function readUnscaled(view: DataView, at: number, scale: number): bigint | undefined {
  const digits = view.getUint16(at);
  const weight = view.getInt16(at + 2);
  const sign = view.getUint16(at + 4);
  if ((sign !== POSITIVE && sign !== NEGATIVE) || view.getUint16(at + 6) !== scale) return undefined;
  const exponent = 4 * (weight - digits + 1) + scale;
  const whole = digits <= 3 ? BigInt(sumOfThree(view, at, digits)) : sumOfMany(view, at, digits);
  const unscaled =
    exponent >= 0 ? whole * 10n ** BigInt(exponent) : exactlyDivided(whole, 10n ** BigInt(-exponent));
  return unscaled !== undefined && sign === NEGATIVE ? -unscaled : unscaled;
}

const POSITIVE = 0x0000;
const NEGATIVE = 0x4000;
/** Digits to the base 10,000 follow digit count, weight, sign and display scale. */
const FIRST_DIGIT = 8;

/** As long as it is exact in a double. */
function sumOfThree(view: DataView, at: number, digits: number): number {
  let sum = 0;
  for (let index = 0; index < digits; index++)
    sum = sum * 10_000 + view.getUint16(at + FIRST_DIGIT + 2 * index);
  return sum;
}

function sumOfMany(view: DataView, at: number, digits: number): bigint {
  let sum = 0n;
  for (let index = 0; index < digits; index++) {
    sum = sum * 10_000n + BigInt(view.getUint16(at + FIRST_DIGIT + 2 * index));
  }
  return sum;
}

function exactlyDivided(value: bigint, divisor: bigint): bigint | undefined {
  return value % divisor === 0n ? value / divisor : undefined;
}

/** Bytes that hold every number of `precision` digits, with its sign. */
export function decimalBytes(precision: number): number {
  let bytes = 1;
  while (2n ** BigInt(8 * bytes - 1) < 10n ** BigInt(precision)) bytes++;
  return bytes;
}

/** Writes a value as `bytes` (at most 16) big-endian two's complement bytes. */
export function bigEndian(value: bigint, bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setBigInt64(0, value >> 64n);
  view.setBigUint64(8, BigInt.asUintN(64, value));
  return new Uint8Array(view.buffer, 16 - bytes);
}

export function fromBigEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * bytes.length, value);
}
