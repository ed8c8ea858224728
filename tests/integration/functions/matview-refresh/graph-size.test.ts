import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { readGraph } from '../../../../functions/matview-refresh/read-graph.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';
import { makeViewGraph } from '../../../support/view-graphs.ts';

const nothing = { readsAlso: {}, dependsOnClock: {} };

describe.each([15, 18] as const)('a large graph on Postgres %i', (major) => {
  let cluster: EmbeddedCluster;

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(major);
  }, 60_000);
  afterAll(async () => cluster.stop());

  test('is read by as many queries as a small one, and fits into a checkpoint', async () => {
    const client = new Client(cluster.config('postgres'));
    await client.connect();
    try {
      const small = await countQueries(client, 8);
      const large = await countQueries(client, 500);
      expect(large.views).toBe(500);
      expect(large.queries).toBe(small.queries);
      expect(large.bytes).toBeLessThan(200_000);
    } finally {
      await client.end();
    }
  }, 60_000);

  /** Makes views afresh, and reads the graph of them. */
  async function countQueries(client: Client, views: number) {
    await client.query(
      'DROP SCHEMA IF EXISTS sales, "Odd ""Schema""" CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public',
    );
    await makeViewGraph(client, { views, levels: 8, seed: views });
    let queries = 0;
    const counting = new Proxy(client, {
      get: (target, key) => {
        if (key === 'query') queries += 1;
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const began = performance.now();
    const graph = await readGraph(counting, nothing);
    const milliseconds = Math.round(performance.now() - began);
    const bytes = Buffer.byteLength(JSON.stringify(graph));
    process.stdout.write(
      `${views} views on ${major}: ${milliseconds} ms, ${bytes} bytes, ${queries} queries\n`,
    );
    return { queries, bytes, views: graph.views.length };
  }
});
