import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { readArchiveColumns } from '../../../../shared/parquet/read-columns.ts';
import { tooLargeRow } from '../../../../shared/parquet/row-size.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

let cluster: EmbeddedCluster;
let client: Client;
beforeAll(async () => {
  cluster = await startEmbeddedCluster(15);
  client = new Client(cluster.config('postgres'));
  await client.connect();
  await client.query(/* sql */ `
    CREATE DOMAIN note AS json;
    CREATE TABLE wide (id int, a text, b json, c jsonb, d bytea, e text[], f varchar, "G h" note, i numeric(38, 2));
    INSERT INTO wide (id, a) VALUES (1, repeat('x', 23 * 1024 * 1024)), (2, repeat('x', 25 * 1024 * 1024));
    INSERT INTO wide (id, b) VALUES (3, to_json(repeat('x', 25 * 1024 * 1024)));
    INSERT INTO wide (id, c) VALUES (4, to_jsonb(repeat('x', 25 * 1024 * 1024)));
    INSERT INTO wide (id, d) VALUES (5, decode(repeat('00', 25 * 1024 * 1024), 'hex'));
    INSERT INTO wide (id, e) VALUES (6, array_fill('y'::text, ARRAY[13 * 1024 * 1024]));
    INSERT INTO wide (id, "G h") VALUES (7, to_json(repeat('x', 25 * 1024 * 1024)));
    -- No column of it is too large, all of them together are.
    INSERT INTO wide (id, a, d, f) VALUES
      (8, repeat('ü', 5 * 1024 * 1024), decode(repeat('00', 8 * 1024 * 1024), 'hex'), repeat('x', 7 * 1024 * 1024)),
      (9, repeat('u', 5 * 1024 * 1024), decode(repeat('00', 8 * 1024 * 1024), 'hex'), repeat('x', 7 * 1024 * 1024));
    INSERT INTO wide (id, i) VALUES (10, 1), (11, NULL)`);
});
afterAll(async () => {
  await client?.end();
  await cluster?.stop();
});

async function tooLarge(choice: object = {}): Promise<number[]> {
  const columns = await readArchiveColumns(client, { schema: 'public', table: 'wide' }, choice);
  const { rows } = await client.query(`SELECT id FROM wide WHERE ${tooLargeRow(columns)} ORDER BY id`);
  return rows.map(({ id }) => id as number);
}

test('a row is too large by what COPY sends of it, of any type, however little it takes in the table', async () => {
  expect(await tooLarge()).toEqual([2, 3, 4, 5, 6, 7, 8]);
});

test('what is left out or hashed makes no row too large', async () => {
  expect(await tooLarge({ omit: ['a', 'd'], hash: ['b', 'c', 'e'] })).toEqual([7]);
});
