const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;
/** Apart from every column's own seed, so that NULL differs from an empty value. */
const NULL_SEED = 0x80000000;

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

function finish(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * A hash of a set of rows, in which a row counts as often as it is there, and their order does not count: 128 bits,
 * as 32 hex digits. It tells accidents, not forgers: the file's SHA-256 stands guard against those.
 *
 * A value's bytes (those of Parquet's PLAIN form, without length; any NaN as the same NaN) go through MurmurHash3
 * (x86, 128 bits) with the column's position, from 1, as seed; NULL is the empty value with the seed's top bit set. A
 * row is the lane-wise sum of its values, finished as Murmur finishes; the set is the lane-wise sum of its rows.
 */
export class RowHash {
  #a = new Int32Array(0);
  #b = new Int32Array(0);
  #c = new Int32Array(0);
  #d = new Int32Array(0);
  readonly #total = new Int32Array(4);

  /** Makes room for rows 0 to `rows` - 1 of a group, before their values are added. */
  reserve(rows: number): void {
    if (rows <= this.#a.length) return;
    const grown = (lane: Int32Array<ArrayBuffer>) => {
      const larger = new Int32Array(Math.max(rows, lane.length * 2));
      larger.set(lane);
      return larger;
    };
    this.#a = grown(this.#a);
    this.#b = grown(this.#b);
    this.#c = grown(this.#c);
    this.#d = grown(this.#d);
  }

  /** `seed` is the column's position in the file, from 1. */
  addNull(row: number, seed: number): void {
    this.#add(row, seed | NULL_SEED, seed | NULL_SEED, seed | NULL_SEED, seed | NULL_SEED, 0);
  }

  addInt32(row: number, seed: number, value: number): void {
    const k1 = Math.imul(rotate(Math.imul(value, C1), 15), C2);
    this.#add(row, seed ^ k1, seed, seed, seed, 4);
  }

  addInt64(row: number, seed: number, low: number, high: number): void {
    const k1 = Math.imul(rotate(Math.imul(low, C1), 15), C2);
    const k2 = Math.imul(rotate(Math.imul(high, C2), 16), C3);
    this.#add(row, seed ^ k1, seed ^ k2, seed, seed, 8);
  }

  /** Adds `length` bytes from `start`. Answers a 32-bit hash of them that is good for a table. */
  addBytes(row: number, seed: number, view: DataView, start: number, length: number): number {
    let h1 = seed;
    let h2 = seed;
    let h3 = seed;
    let h4 = seed;
    let at = start;
    for (const end = start + (length & ~15); at < end; at += 16) {
      h1 ^= Math.imul(rotate(Math.imul(view.getInt32(at, true), C1), 15), C2);
      h1 = (Math.imul(rotate(h1, 19) + h2, 5) + 0x561ccd1b) | 0;
      h2 ^= Math.imul(rotate(Math.imul(view.getInt32(at + 4, true), C2), 16), C3);
      h2 = (Math.imul(rotate(h2, 17) + h3, 5) + 0x0bcaa747) | 0;
      h3 ^= Math.imul(rotate(Math.imul(view.getInt32(at + 8, true), C3), 17), C4);
      h3 = (Math.imul(rotate(h3, 15) + h4, 5) + 0x96cd1c35) | 0;
      h4 ^= Math.imul(rotate(Math.imul(view.getInt32(at + 12, true), C4), 18), C1);
      h4 = (Math.imul(rotate(h4, 13) + h1, 5) + 0x32ac3b17) | 0;
    }
    const tail = length & 15;
    if (tail > 0) {
      h1 ^= Math.imul(rotate(Math.imul(wordAt(view, at, tail), C1), 15), C2);
      if (tail > 4) h2 ^= Math.imul(rotate(Math.imul(wordAt(view, at + 4, tail - 4), C2), 16), C3);
      if (tail > 8) h3 ^= Math.imul(rotate(Math.imul(wordAt(view, at + 8, tail - 8), C3), 17), C4);
      if (tail > 12) h4 ^= Math.imul(rotate(Math.imul(wordAt(view, at + 12, tail - 12), C4), 18), C1);
    }
    return this.#add(row, h1, h2, h3, h4, length);
  }

  #add(row: number, lane1: number, lane2: number, lane3: number, lane4: number, length: number): number {
    let h2 = lane2 ^ length;
    let h3 = lane3 ^ length;
    let h4 = lane4 ^ length;
    let h1 = ((lane1 ^ length) + h2 + h3 + h4) | 0;
    h2 = (h2 + h1) | 0;
    h3 = (h3 + h1) | 0;
    h4 = (h4 + h1) | 0;
    h1 = finish(h1);
    h2 = finish(h2);
    h3 = finish(h3);
    h4 = finish(h4);
    h1 = (h1 + h2 + h3 + h4) | 0;
    this.#a[row] = (this.#a[row] ?? 0) + h1;
    this.#b[row] = (this.#b[row] ?? 0) + h2 + h1;
    this.#c[row] = (this.#c[row] ?? 0) + h3 + h1;
    this.#d[row] = (this.#d[row] ?? 0) + h4 + h1;
    return h1;
  }

  /** Rows 0 to `rows` - 1 have all their values: takes them into the set, and makes room for the next group. */
  endGroup(rows: number): void {
    const total = this.#total;
    for (let row = 0; row < rows; row++) {
      const [h1, h2, h3, h4] = [this.#a[row] ?? 0, this.#b[row] ?? 0, this.#c[row] ?? 0, this.#d[row] ?? 0];
      const sum = finish((h1 + h2 + h3 + h4) | 0);
      total[0] = (total[0] ?? 0) + sum;
      total[1] = (total[1] ?? 0) + finish((h2 + sum) | 0);
      total[2] = (total[2] ?? 0) + finish((h3 + sum) | 0);
      total[3] = (total[3] ?? 0) + finish((h4 + sum) | 0);
    }
    for (const lane of [this.#a, this.#b, this.#c, this.#d]) lane.fill(0, 0, rows);
  }

  /** Of every group that has ended: 32 hex digits. */
  hex(): string {
    return Array.from(this.#total, (lane) => (lane >>> 0).toString(16).padStart(8, '0')).join('');
  }
}

/** Up to four bytes as a little-endian word, as if zeroes followed. */
function wordAt(view: DataView, at: number, bytes: number): number {
  if (bytes >= 4) return view.getInt32(at, true);
  let word = 0;
  for (let index = bytes - 1; index >= 0; index--) word = (word << 8) | view.getUint8(at + index);
  return word;
}
