import { expect, test } from '@jest/globals';
import { readFooter } from '../../../shared/parquet/footer.ts';

/** A file of which only the end is anything: how long its footer claims to be, and the magic word. */
function fileClaiming(footerBytes: number, sizeBytes: number) {
  const fetched: number[] = [];
  const read = async (start: number, end: number) => {
    fetched.push(end - start);
    const bytes = Buffer.alloc(Math.min(end - start, 2 ** 20));
    bytes.writeUInt32LE(footerBytes, bytes.length - 8);
    bytes.write('PAR1', bytes.length - 4);
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  };
  return { fetched, footer: readFooter(sizeBytes, read) };
}

test.each([
  [
    'of gigabytes',
    3 * 2 ** 30,
    4 * 2 ** 30,
    /claim a footer of 32\d+ bytes, and none has more than 268435456/,
  ],
  ['larger than the file', 5_000, 2_000, /./],
])(
  'a footer that claims to be %s is damage, and is not fetched',
  async (_, footerBytes, sizeBytes, fault) => {
    const { fetched, footer } = fileClaiming(footerBytes, sizeBytes);
    await expect(footer).rejects.toThrow(fault);
    expect(fetched).toEqual([Math.min(sizeBytes, 16 * 1_024)]);
  },
);
