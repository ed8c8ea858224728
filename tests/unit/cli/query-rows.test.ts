import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { withDuckDb } from '../../../cli/query/duckdb.ts';
import { namedTables } from '../../../cli/query/named-tables.ts';
import { type RowFormat, writeRows } from '../../../cli/query/write-rows.ts';

async function written(sql: string, format: RowFormat): Promise<string> {
  let text = '';
  const output = new Writable({
    highWaterMark: 16,
    write: (chunk, _encoding, done) => {
      text += chunk;
      setImmediate(done);
    },
  });
  await withDuckDb(async (connection) => writeRows(await connection.stream(sql), format, output));
  return text;
}

test('JSON keeps every digit, the order of columns, and names that come twice', async () => {
  const sql = `SELECT 9007199254740993::bigint AS "2", 1.10::decimal(10,2) AS "1", 'infinity'::timestamp AS t, NULL AS t, 'a"b' AS u, [1, NULL] AS l`;
  expect(await written(sql, 'json')).toBe(
    '[\n  {"2": "9007199254740993", "1": "1.10", "t": "infinity", "t:1": null, "u": "a\\"b", "l": [1,null]}\n]\n',
  );
  expect(await written('SELECT 1 AS n WHERE false', 'json')).toBe('[]\n');
});

test('many rows come whole, in each form', async () => {
  const sql = 'SELECT range::int AS n FROM range(5000)';
  expect((JSON.parse(await written(sql, 'json')) as unknown[]).length).toBe(5000);
  expect((await written(sql, 'csv')).split('\r\n').slice(0, -1)).toHaveLength(5001);
  const table = (await written(sql, 'table')).split('\n');
  expect(table.slice(-3)).toEqual(['999', '… and more: --csv or --json gives all of them.', '']);
});

test('a table cannot be made to move the cursor', async () => {
  expect(await written(`SELECT chr(27) || '[2J' || chr(10) || 'x' AS v`, 'table')).toContain(
    '\\u001b[2J\\nx',
  );
});

test('the tables of a query are found wherever it names them', async () => {
  const sql = `WITH x AS (SELECT * FROM a) SELECT (SELECT count(*) FROM s."B ""c""") FROM x JOIN d ON d.id IN (SELECT 1 FROM e UNION SELECT 2 FROM f)`;
  const found = await withDuckDb((connection) => namedTables(connection, sql));
  expect(found.map(({ schema, table }) => `${schema}.${table}`).sort()).toEqual(
    ['public.a', 's.B "c"', 'public.d', 'public.e', 'public.f', 'public.x'].sort(),
  );
});

test('a reader that goes away ends it, and is no failure', async () => {
  let written = 0;
  const output = new Writable({
    highWaterMark: 16,
    write: (_chunk, _encoding, done) => {
      written += 1;
      setImmediate(() => done(written > 2 ? Object.assign(new Error('gone'), { code: 'EPIPE' }) : null));
    },
  });
  await withDuckDb(async (connection) =>
    writeRows(await connection.stream('SELECT range FROM range(1000000)'), 'csv', output),
  );
  expect(written).toBe(3);
});
