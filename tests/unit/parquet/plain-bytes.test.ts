import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { MalformedRows } from '../../../shared/parquet/archive-errors.ts';
import { hashPlainBytes } from '../../../shared/parquet/plain-bytes.ts';
import { RowHash } from '../../../shared/parquet/row-hash.ts';
import { compressPage } from '../../../shared/parquet/zstd.ts';

type Value = string | null;

/** The only column chunk of a file with pages of a few values. */
function chunkOf(values: readonly Value[]): Uint8Array {
  const file = parquetWriteBuffer({
    columnData: [
      {
        name: 'text',
        data: values.map((value) => value && new TextEncoder().encode(value)),
        encoding: 'PLAIN',
      },
    ],
    schema: [
      { name: 'root', num_children: 1 },
      { name: 'text', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
    ],
    codec: 'ZSTD',
    compressors: { ZSTD: compressPage },
    pageSize: 64,
  });
  const chunk = parquetMetadata(file).row_groups[0]?.columns[0]?.meta_data;
  const start = Number(chunk?.data_page_offset);
  return new Uint8Array(file, start, Number(chunk?.total_compressed_size)).slice();
}

function hashOf(rows: number, add: (hash: RowHash) => void): string {
  const hash = new RowHash();
  hash.reserve(rows);
  add(hash);
  hash.endGroup(rows);
  return hash.hex();
}

function hashDirectly(values: readonly Value[]): string {
  return hashOf(values.length, (hash) => {
    for (const [row, value] of values.entries()) {
      if (value === null) hash.addNull(row, 1);
      else {
        const bytes = new TextEncoder().encode(value);
        hash.addBytes(row, 1, new DataView(bytes.buffer), 0, bytes.length);
      }
    }
  });
}

const column = fc.array(fc.option(fc.string({ maxLength: 60 }), { freq: 3 }), {
  minLength: 1,
  maxLength: 60,
});

test('hashes what lies in the pages as if each value had been given by itself', () => {
  fc.assert(
    fc.property(column, (values) => {
      const hash = hashOf(values.length, (into) => {
        const place = { hash: into, seed: 1, nullable: true };
        expect(hashPlainBytes(chunkOf(values), place)).toBe(values.length);
      });
      expect(hash).toBe(hashDirectly(values));
    }),
  );
});

test('a changed byte gives a fault that says what it is, or other values, and never runs on', () => {
  let faults = 0;
  fc.assert(
    fc.property(column, fc.nat(), fc.integer({ min: 1, max: 255 }), (values, position, change) => {
      const chunk = chunkOf(values);
      const at = position % chunk.length;
      chunk[at] = (chunk[at] ?? 0) ^ change;
      const hash = new RowHash();
      hash.reserve(values.length);
      try {
        hashPlainBytes(chunk, { hash, seed: 1, nullable: true });
      } catch (error) {
        faults += 1;
        expect(error).toBeInstanceOf(MalformedRows);
      }
    }),
    { numRuns: 500 },
  );
  expect(faults).toBeGreaterThan(100);
});
