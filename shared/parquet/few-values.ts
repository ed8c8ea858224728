/** Values longer than this are never few enough to be worth a look. */
const LONGEST_BYTES = 128;
const MOST_VALUES = 2_048;
const TABLE_SLOTS = MOST_VALUES * 4;

/** The distinct values of a column of a row group, as long as they are few: equal values become one object. */
export class FewValues {
  readonly #slots = new Int32Array(TABLE_SLOTS);
  #values: Uint8Array[] = [];

  get values(): readonly Uint8Array[] {
    return this.#values;
  }

  /** The one object for these bytes; `hash` is any 32 bits made of them. Undefined where there are too many, or too long ones. */
  find(bytes: Uint8Array, start: number, length: number, hash: number): Uint8Array | undefined {
    if (length > LONGEST_BYTES) return undefined;
    let slot = hash & (TABLE_SLOTS - 1);
    for (;;) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0) return this.#add(bytes.slice(start, start + length), slot);
      const value = this.#values[known - 1];
      if (value && isSame(value, bytes, start, length)) return value;
      slot = (slot + 1) & (TABLE_SLOTS - 1);
    }
  }

  clear(): void {
    this.#slots.fill(0);
    this.#values = [];
  }

  #add(value: Uint8Array, slot: number): Uint8Array | undefined {
    if (this.#values.length >= MOST_VALUES) return undefined;
    this.#values.push(value);
    this.#slots[slot] = this.#values.length;
    return value;
  }
}

function isSame(value: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (value.length !== length) return false;
  for (let index = 0; index < length; index++) if (value[index] !== bytes[start + index]) return false;
  return true;
}
