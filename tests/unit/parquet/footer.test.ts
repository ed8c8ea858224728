import { describe, expect, test } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { readFooter } from '../../../shared/parquet/footer.ts';

const rows = 1_000;
const file = parquetWriteBuffer({
  columnData: [
    { name: 'id', data: Array.from({ length: rows }, (_, at) => at), type: 'INT32' },
    { name: 'big', data: Array.from({ length: rows }, (_, at) => BigInt(at)), type: 'INT64' },
    {
      name: 'text',
      data: Array.from({ length: rows }, (_, at) => `row ${at} ${'x'.repeat(at % 90)}`),
      type: 'STRING',
    },
    { name: 'bytes', data: Array.from({ length: rows }, () => new Uint8Array([0, 255])), type: 'BYTE_ARRAY' },
    { name: 'flag', data: Array.from({ length: rows }, () => true), type: 'BOOLEAN' },
    { name: 'ratio', data: Array.from({ length: rows }, () => 0.5), type: 'DOUBLE' },
  ],
  rowGroupSize: 300,
});

/** Reads from memory, and keeps what was asked for. */
function from(buffer: ArrayBuffer) {
  const asked: [number, number][] = [];
  const read = async (start: number, end: number) => {
    asked.push([start, end]);
    return buffer.slice(start, end);
  };
  return { asked, read, footer: () => readFooter(buffer.byteLength, read) };
}

test('tells the rows over all row groups, and each column with its type', async () => {
  expect(await from(file).footer()).toEqual({
    rows,
    columns: [
      { name: 'id', type: 'INT32' },
      { name: 'big', type: 'INT64' },
      { name: 'text', type: 'BYTE_ARRAY/UTF8' },
      { name: 'bytes', type: 'BYTE_ARRAY' },
      { name: 'flag', type: 'BOOLEAN' },
      { name: 'ratio', type: 'DOUBLE' },
    ],
  });
});

test('an integer of 16 bits says so', async () => {
  const small = parquetWriteBuffer({
    schema: [
      { name: 'root', num_children: 1 },
      { name: 'number', type: 'INT32', converted_type: 'INT_16', repetition_type: 'OPTIONAL' },
    ],
    columnData: [{ name: 'number', data: [1, null, -32_768] }],
  });
  expect(await from(small).footer()).toEqual({
    rows: 3,
    columns: [{ name: 'number', type: 'INT32/INT_16' }],
  });
});

test('reads the end of the file and nothing else of it', async () => {
  const { asked, footer } = from(file);
  await footer();
  expect(asked).toEqual([[file.byteLength - 16 * 1_024, file.byteLength]]);
});

test('a footer larger than the first read takes a second one', async () => {
  const columnData = Array.from({ length: 400 }, (_, at) => ({
    name: `a column with a long name, number ${at}`,
    data: [at],
    type: 'INT32' as const,
  }));
  const { asked, footer } = from(parquetWriteBuffer({ columnData }));
  expect((await footer()).columns).toHaveLength(400);
  expect(asked).toHaveLength(2);
});

test('a file without rows is a whole file', async () => {
  const empty = parquetWriteBuffer({ columnData: [{ name: 'id', data: [], type: 'INT32' }] });
  expect(await from(empty).footer()).toEqual({ rows: 0, columns: [{ name: 'id', type: 'INT32' }] });
});

describe('refuses', () => {
  const damaged = new Uint8Array(file.slice(0));
  damaged.fill(0xff, damaged.length - 300, damaged.length - 8);
  const tooLong = new Uint8Array(file.slice(0));
  new DataView(tooLong.buffer).setUint32(tooLong.length - 8, 0x7fffffff, true);
  test.each([
    ['nothing', new ArrayBuffer(0)],
    ['three bytes', new TextEncoder().encode('PAR').buffer],
    ['a magic and nothing else', new TextEncoder().encode('PAR1PAR1').buffer],
    ['text', new TextEncoder().encode('<Error><Code>SlowDown</Code></Error>').buffer],
    ['a file cut off at its end', file.slice(0, file.byteLength - 1)],
    ['a file cut off in the middle', file.slice(0, file.byteLength / 2)],
    ['a damaged footer', damaged.buffer],
    ['a footer longer than the file', tooLong.buffer],
  ])('%s', async (_what, buffer) => {
    await expect(from(buffer).footer()).rejects.toThrow(Error);
  });

  test('no file because of what the reading threw: that is handed on', async () => {
    const lost = () => Promise.reject(new Error('socket hang up'));
    await expect(readFooter(file.byteLength, lost)).rejects.toThrow('socket hang up');
  });
});
