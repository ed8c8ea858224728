import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parquetMetadata, readColumnIndex } from 'hyparquet';
import { Client } from 'pg';
import { ArchiveThread } from '../../../../shared/parquet/archive-thread.ts';
import { readBack } from '../../../../shared/parquet/read-back.ts';
import { type Archived, archiveTable, askDuckDb } from '../../../support/archived-file.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

let cluster: EmbeddedCluster;
let client: Client;
const thread = new ArchiveThread();

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  client = new Client(cluster.config('postgres'));
  await client.connect();
});

afterAll(async () => {
  await thread.close();
  await client?.end();
  await cluster?.stop();
});

/** The bounds of each page of the first column, over all row groups that have more than one page. */
function pageBounds({ bytes }: Archived): { smallest: Buffer; largest: Buffer }[] {
  const { row_groups } = parquetMetadata(new Uint8Array(bytes).buffer);
  return row_groups.flatMap(({ columns: [chunk] }) => {
    const { column_index_offset: offset, column_index_length: length } = chunk ?? {};
    if (offset === undefined || length === undefined) return [];
    const view = new DataView(new Uint8Array(bytes.subarray(Number(offset), Number(offset) + length)).buffer);
    // As plain bytes, whatever the column's type.
    const { min_values, max_values } = readColumnIndex(
      { view, offset: 0 },
      { name: 'key', type: 'FIXED_LEN_BYTE_ARRAY' },
    );
    return min_values.map((smallest, page) => ({
      smallest: Buffer.from(smallest as Uint8Array),
      largest: Buffer.from(max_values[page] as Uint8Array),
    }));
  });
}

const digest = `sha256(n::text::bytea)`;

test.each([
  ['uuid', 'uuid', 'md5(n::text)::uuid', 'uuid_send(key)'],
  ['64 characters', 'text', `encode(${digest}, 'hex')`, `convert_to(key, 'UTF8')`],
  ['32 bytes', 'bytea', digest, 'key'],
])(
  'a file of 100,000 rows whose key is %s has the bounds of all its pages',
  async (_what, type, key, asBytes) => {
    await client.query(/* sql */ `
      DROP TABLE IF EXISTS keyed;
      CREATE TABLE keyed (key ${type} NOT NULL, n int NOT NULL);
      INSERT INTO keyed SELECT ${key}, n FROM generate_series(1, 100000) n;`);
    const archived = await archiveTable({ client, thread, table: 'keyed', bounded: ['key'] });
    const { rows, contentHash } = archived.summary;
    expect(rows).toBe(100_000);
    await expect(
      readBack({ source: Readable.from([Buffer.from(archived.bytes)]), thread }),
    ).resolves.toMatchObject({
      rows,
      contentHash,
    });
    expect(await askDuckDb(archived.bytes, 'SELECT count(DISTINCT key)::int AS keys FROM $file')).toEqual([
      { keys: 100_000 },
    ]);

    const pages = pageBounds(archived);
    expect(pages.length).toBeGreaterThan(2);
    for (const { smallest, largest } of pages) expect(Buffer.compare(smallest, largest)).toBe(-1);
    const found = pages.flatMap(({ smallest, largest }) => [smallest, largest]);
    const { rows: known } = await client.query(
      `SELECT count(*)::int AS n FROM keyed WHERE ${asBytes} = ANY ($1::bytea[])`,
      [found],
    );
    expect(known).toEqual([{ n: found.length }]);
  },
);
