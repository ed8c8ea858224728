import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { readSchemaDescription } from '../../../../shared/postgres/schema-description.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

let cluster: EmbeddedCluster;
let client: Client;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(18);
  client = new Client(cluster.config('postgres'));
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await cluster.stop();
});

test('what only newer servers have is described as well, and can be created again', async () => {
  await client.query(/* sql */ `
    CREATE DOMAIN counted AS integer DEFAULT 7 NOT NULL CHECK (VALUE > 0);
    CREATE TABLE sums (a integer NOT NULL, b integer GENERATED ALWAYS AS (a * 2) VIRTUAL, c counted)`);
  const { tables, types } = await readSchemaDescription(client);
  expect(tables[0]?.columns[1]).toMatchObject({ name: 'b', generated: 'virtual', default: '(a * 2)' });
  const definition = types.find(({ name }) => name === 'counted')?.definition;
  expect(definition).toMatch(/^integer DEFAULT 7 NOT NULL/);
  expect(definition?.match(/NOT NULL/g)).toHaveLength(1);
  await client.query(`CREATE DOMAIN again AS ${definition}`);
});
