import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parquetMetadata } from 'hyparquet';
import { Client } from 'pg';
import { ArchiveThread } from '../../../../shared/parquet/archive-thread.ts';
import { encodeCopy } from '../../../../shared/parquet/encode-copy.ts';
import { readBack } from '../../../../shared/parquet/read-back.ts';
import { copyOut } from '../../../../shared/postgres/copy-out.ts';
import { type Archived, archiveTable, archiveWhatFits, rehydrate } from '../../../support/archived-file.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

let cluster: EmbeddedCluster;
let client: Client;
const thread = new ArchiveThread();

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  client = new Client(cluster.config('postgres'));
  await client.connect();
  await client.query(/* sql */ `
    CREATE TABLE log (id bigint NOT NULL, at timestamptz, kind text NOT NULL, body json,
      twice bigint GENERATED ALWAYS AS (id * 2) STORED, gone text);
    ALTER TABLE log DROP COLUMN gone;
    INSERT INTO log (id, at, kind, body)
      SELECT n, timestamptz '2024-01-01 00:00:00+00' + n * interval '1.5 minutes',
        'kind ' || n % 3, json_build_object('n', n, 'text', repeat(md5(n::text), 5))
      FROM generate_series(1, 70000) n;
    UPDATE log SET at = NULL, body = NULL WHERE id % 10 = 0;`);
});

afterAll(async () => {
  await thread.close();
  await client?.end();
  await cluster?.stop();
});

function sourceOf(...chunks: Uint8Array[]): AsyncIterable<Uint8Array> {
  return Readable.from(chunks);
}

const metadataOf = ({ bytes }: Archived) => parquetMetadata(new Uint8Array(bytes).buffer);

describe('a table of many row groups', () => {
  let archived: Archived;
  beforeAll(async () => {
    archived = await archiveTable({ client, thread, table: 'log', bounded: ['at', 'id'] });
  });

  test('is summed up: rows, sizes, and the smallest and largest age and key', () => {
    expect(archived.summary).toMatchObject({
      rows: 70_000,
      sizeBytes: archived.bytes.length,
      bounds: {
        id: { smallest: '1', largest: '70000' },
        at: { smallest: '2024-01-01 00:01:30+00', largest: '2024-03-13 21:58:30+00' },
      },
    });
  });

  test('has statistics for readers that prune, in groups of a few megabytes', () => {
    const { row_groups, key_value_metadata } = metadataOf(archived);
    expect(row_groups.length).toBeGreaterThan(2);
    const [id, at, kind, body] = row_groups[0]?.columns.map(({ meta_data }) => meta_data) ?? [];
    expect(id).toMatchObject({ codec: 'ZSTD', encodings: ['DELTA_BINARY_PACKED'] });
    expect(id?.statistics).toMatchObject({ min_value: 1n, null_count: 0n });
    expect(at?.statistics?.min_value).toEqual(new Date('2024-01-01T00:01:30Z'));
    expect(kind).toMatchObject({ encodings: ['PLAIN', 'RLE_DICTIONARY'] });
    expect(kind?.statistics).toMatchObject({ min_value: 'kind 0', max_value: 'kind 2' });
    expect(body).toMatchObject({ encodings: ['PLAIN'] });
    expect(body?.statistics?.min_value).toBeUndefined();
    expect(key_value_metadata?.map(({ key }) => key)).toContain('nightshift.columns');
  });

  test('is read back with the same rows, checksum and content, from chunks of any size', async () => {
    const { rows, contentHash, sha256, sizeBytes } = archived.summary;
    const pieces = Array.from({ length: Math.ceil(archived.bytes.length / 9_999) }, (_piece, index) =>
      archived.bytes.subarray(index * 9_999, (index + 1) * 9_999),
    );
    const read = await readBack({ source: sourceOf(...pieces), thread });
    expect(read).toEqual({ rows, contentHash, sha256, sizeBytes });
  });

  test('shows any change of its bytes', async () => {
    for (const at of [100, Math.floor(archived.bytes.length / 2), archived.bytes.length - 20]) {
      const changed = Buffer.from(archived.bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      const read = await readBack({ source: sourceOf(changed) }).catch((error: Error) => error);
      if (!(read instanceof Error)) expect(read.sha256).not.toEqual(archived.summary.sha256);
    }
    const cut = archived.bytes.subarray(0, archived.bytes.length / 2);
    await expect(readBack({ source: sourceOf(cut) })).rejects.toThrow(/footer is damaged/);
  });

  test('comes back without its generated column, which Postgres makes anew', async () => {
    await client.query('CREATE TABLE log_back (LIKE log INCLUDING GENERATED)');
    await rehydrate(client, archived, 'log_back');
    const { rows } = await client.query(/* sql */ `
      SELECT count(*)::int AS same FROM log JOIN log_back b USING (id)
       WHERE ROW (log.at, log.kind, log.body::text, log.twice)
         IS NOT DISTINCT FROM ROW (b.at, b.kind, b.body::text, b.twice)`);
    expect(rows).toEqual([{ same: 70_000 }]);
  });
});

test('leaves columns out and hashes columns, by name', async () => {
  await client.query(`CREATE TABLE person (id integer, name text, email text)`);
  await client.query(`INSERT INTO person VALUES (1, 'Ada', 'ada@mail.example'), (2, 'Bo', NULL)`);
  const choice = { omit: ['name'], hash: ['email'] };
  const archived = await archiveTable({ client, thread, table: 'person', choice });
  expect(archived.columns.map(({ name, selected }) => [name, selected])).toEqual([
    ['id', 'value'],
    ['email', 'hash'],
  ]);
  await client.query('CREATE TABLE person_back (id integer, email text)');
  await rehydrate(client, archived, 'person_back');
  const { rows } = await client.query('SELECT * FROM person_back ORDER BY id');
  expect(rows).toEqual([
    { id: 1, email: createHash('sha256').update('ada@mail.example').digest('hex') },
    { id: 2, email: null },
  ]);
});

test('refuses a choice of columns that does not fit the table', async () => {
  await expect(archiveTable({ client, table: 'log', choice: { hash: ['kinds'] } })).rejects.toThrow(
    /no column kinds/,
  );
  const all = ['id', 'at', 'kind', 'body', 'twice'];
  await expect(archiveTable({ client, table: 'log', choice: { omit: all } })).rejects.toThrow(
    /no column left/,
  );
});

test.each([
  ['numeric(6, 2)', 'NaN'],
  ['timestamp', '294276-12-31 23:59:59'],
  ['timestamptz', '294276-12-31 23:59:59+00'],
])(
  'names the column where a value does not fit (%s %s), and leaves the connection as it was',
  async (type, value) => {
    await client.query(`DROP TABLE IF EXISTS unfit; CREATE TABLE unfit (id serial, odd ${type})`);
    await client.query(`INSERT INTO unfit (odd) VALUES (NULL), ('${value}')`);
    const archive = archiveTable({ client, thread, table: 'unfit' });
    await expect(archive).rejects.toMatchObject({ name: 'ColumnNeedsText', column: 'odd' });
    const { columns, summary } = await archiveWhatFits({ client, thread, table: 'unfit' });
    expect([columns[1]?.selected, summary.rows]).toEqual(['text', 2]);
  },
);

test('an empty table is an empty file, and rows of NULLs are rows', async () => {
  await client.query('CREATE TABLE bare (a integer, b text, c numeric(5, 1), d boolean, e uuid)');
  const empty = await archiveTable({ client, thread, table: 'bare', bounded: ['a'] });
  expect(empty.summary).toMatchObject({ rows: 0, bounds: {}, contentHash: '0'.repeat(32) });
  await client.query('INSERT INTO bare SELECT FROM generate_series(1, 3)');
  const nulls = await archiveTable({ client, thread, table: 'bare', bounded: ['a'] });
  expect(nulls.summary).toMatchObject({ rows: 3, bounds: {} });
  for (const { bytes, summary } of [empty, nulls]) {
    const { rows, contentHash } = await readBack({ source: sourceOf(bytes), thread });
    expect([rows, contentHash]).toEqual([summary.rows, summary.contentHash]);
  }
});

test('rows of a megabyte come back, and one that cannot be held is refused', async () => {
  await client.query(`CREATE TABLE wide (id integer, body text); CREATE TABLE wide_back (LIKE wide)`);
  await client.query(`INSERT INTO wide SELECT n, repeat(md5(n::text), 32768) FROM generate_series(1, 12) n`);
  const archived = await archiveTable({ client, thread, table: 'wide' });
  await rehydrate(client, archived, 'wide_back');
  const { rows } = await client.query('SELECT count(*)::int AS same FROM wide NATURAL JOIN wide_back');
  expect(rows).toEqual([{ same: 12 }]);
  await client.query(`INSERT INTO wide VALUES (13, repeat('x', 30000000))`);
  await expect(archiveTable({ client, thread, table: 'wide' })).rejects.toMatchObject({
    name: 'RowTooLarge',
  });
});

describe('ends with nothing left behind', () => {
  const columns = [
    {
      name: 'n',
      postgresType: 'integer',
      nullable: true,
      generated: false,
      selected: 'value',
      stored: { kind: 'int32' },
    },
  ] as const;
  const series = `COPY (SELECT n FROM generate_series(1, 3000000) n) TO STDOUT (FORMAT binary)`;
  const handles = () =>
    process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort' || kind === 'Worker');

  test('when the reader stops early', async () => {
    const { file, summary } = encodeCopy({ source: copyOut(client, series), columns });
    for await (const _bytes of file) break;
    await expect(summary).rejects.toThrow(/left before its end/);
    expect(handles()).toEqual([]);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  test('when it is aborted while the source is silent', async () => {
    const silent = new Readable({ read: () => undefined });
    const aborting = new AbortController();
    const { file, summary } = encodeCopy({ source: silent, columns, signal: aborting.signal });
    const first = file[Symbol.asyncIterator]().next();
    setImmediate(() => aborting.abort(new Error('the time is spent')));
    await expect(first).rejects.toThrow('the time is spent');
    await expect(summary).rejects.toThrow('the time is spent');
    expect([silent.destroyed, handles()]).toEqual([true, []]);
  });

  test('when it was aborted before it began', async () => {
    const { file } = encodeCopy({
      source: sourceOf(),
      columns,
      signal: AbortSignal.abort(new Error('too late')),
    });
    await expect(file[Symbol.asyncIterator]().next()).rejects.toThrow('too late');
    expect(handles()).toEqual([]);
  });

  test('when the source dies', async () => {
    const dying = new Readable({ read: () => undefined });
    const { file } = encodeCopy({ source: dying, columns });
    const first = file[Symbol.asyncIterator]().next();
    dying.push(Buffer.from('PGCOPY'));
    await once(dying, 'readable').catch(() => undefined);
    dying.destroy(new Error('connection lost'));
    await expect(first).rejects.toThrow('connection lost');
    expect(handles()).toEqual([]);
  });

  test('when the source is no COPY at all, or ends too early', async () => {
    for (const text of ['1\tone\n2\ttwo\n3\tthree\n4\tfour\n', '']) {
      const { file } = encodeCopy({ source: sourceOf(Buffer.from(text)), columns });
      await expect(file[Symbol.asyncIterator]().next()).rejects.toMatchObject({ name: 'MalformedRows' });
    }
    expect(handles()).toEqual([]);
  });

  test('a thread is of use again after a task that failed', async () => {
    const failing = encodeCopy({ source: sourceOf(Buffer.from('no')), columns, thread });
    await expect(failing.file[Symbol.asyncIterator]().next()).rejects.toThrow();
    expect((await archiveTable({ client, thread, table: 'person' })).summary.rows).toBe(2);
  });
});
