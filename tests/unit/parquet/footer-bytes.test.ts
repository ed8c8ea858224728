import { expect, test } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { readFooter } from '../../../shared/parquet/footer.ts';

test('of a large file, a fraction of a percent is read', async () => {
  const rows = 400_000;
  const text = Array.from({ length: rows }, (_, row) => `row ${row} ${(row * 2_654_435_761) % 2 ** 32}`);
  const file = parquetWriteBuffer({
    columnData: [
      { name: 'id', data: BigInt64Array.from(text, (_, row) => BigInt(row)), type: 'INT64' },
      { name: 'note', data: text, type: 'STRING' },
    ],
    codec: 'UNCOMPRESSED',
    rowGroupSize: 50_000,
  });
  const fetched: number[] = [];
  const footer = await readFooter(file.byteLength, async (start, end) => {
    fetched.push(end - start);
    return file.slice(start, end);
  });
  expect(footer.rows).toBe(rows);
  expect(fetched).toHaveLength(1);
  expect(fetched.reduce((sum, bytes) => sum + bytes, 0) / file.byteLength).toBeLessThan(0.005);
});
