import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { readTableSizes } from '../../../../shared/postgres/table-sizes.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

let cluster: EmbeddedCluster;
let client: Client;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  client = new Client(cluster.config('postgres'));
  await client.connect();
  await client.query(/* sql */ `
    CREATE TABLE never (id integer) WITH (autovacuum_enabled = false);
    CREATE TABLE filled (id integer) WITH (autovacuum_enabled = false);
    CREATE TABLE fresh (id integer) WITH (autovacuum_enabled = false);
    CREATE TABLE emptied (id integer) WITH (autovacuum_enabled = false);
    CREATE TABLE parted (id integer) PARTITION BY RANGE (id);
    CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10);
    CREATE TEMPORARY TABLE passing (id integer);
    CREATE VIEW seen AS SELECT * FROM filled;
    INSERT INTO filled SELECT generate_series(1, 1000);
    INSERT INTO fresh VALUES (1);
    INSERT INTO emptied VALUES (1);
    DELETE FROM emptied`);
  await client.query('VACUUM ANALYZE filled');
  await client.query('VACUUM ANALYZE emptied');
});
afterAll(async () => {
  await client?.end();
  await cluster?.stop();
});

test('every table that holds rows of its own is named, with the planner’s estimate where there is one', async () => {
  const sizes = await readTableSizes(client);
  expect(sizes).toEqual([
    { schema: 'public', table: 'emptied', estimatedRows: 0, sizeBytes: 0 },
    { schema: 'public', table: 'filled', estimatedRows: 1_000, sizeBytes: expect.any(Number) },
    { schema: 'public', table: 'fresh', estimatedRows: null, sizeBytes: 8_192 },
    { schema: 'public', table: 'never', estimatedRows: null, sizeBytes: 0 },
    { schema: 'public', table: 'part', estimatedRows: null, sizeBytes: 0 },
  ]);
  expect(sizes[1]?.sizeBytes).toBeGreaterThan(1_000 * 28);
});

test('nobody who holds a table locked is waited for', async () => {
  const holder = new Client(cluster.config('postgres'));
  await holder.connect();
  try {
    await holder.query('BEGIN; LOCK TABLE filled, fresh IN ACCESS EXCLUSIVE MODE');
    await client.query("SET statement_timeout = '5s'");
    const sizes = new Map((await readTableSizes(client)).map(({ table, sizeBytes }) => [table, sizeBytes]));
    expect(sizes.get('filled')).toBeGreaterThan(1_000 * 28);
    expect(sizes.get('fresh')).toBeNull();
    expect(sizes.get('part')).toBe(0);
  } finally {
    await holder.end();
  }
});
