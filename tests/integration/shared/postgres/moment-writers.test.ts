import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { readMoment } from '../../../../shared/postgres/moment.ts';
import { type RowBounds, rowBounds } from '../../../../shared/postgres/row-bounds.ts';
import { startWriters } from '../../../support/concurrent-writers.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';
import { patienceMs, rounds } from '../../../support/long-runs.ts';
import { settle } from '../../../support/settle.ts';

const tables = ['busy', 'busier', 'parted_low', 'parted_high'];

describe.each([15, 18] as const)('on PostgreSQL %i', (major) => {
  let cluster: EmbeddedCluster;
  let reader: Client;

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(major);
    reader = new Client(cluster.config('postgres'));
    await reader.connect();
    await reader.query(/* sql */ `
      CREATE TABLE busy (id integer, note text);
      CREATE TABLE busier (id integer, note text);
      CREATE TABLE parted (id integer, note text) PARTITION BY RANGE (id);
      CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (MINVALUE) TO (500);
      CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (500) TO (MAXVALUE);
      INSERT INTO busy SELECT i, 'x' FROM generate_series(1, 300) i;
      INSERT INTO parted SELECT i, 'x' FROM generate_series(1, 1000) i`);
  });

  afterAll(async () => {
    await reader.end();
    await cluster.stop();
  });

  /** What a snapshot taken at this moment holds. */
  async function countNow(): Promise<Map<string, bigint>> {
    const counts = tables.map((table) => `SELECT '${table}' AS name, count(*) AS rows FROM ${table}`);
    const between = new Client(cluster.config('postgres'));
    await between.connect();
    const { rows } = await between.query<{ name: string; rows: string }>(counts.join(' UNION ALL '));
    // Who stays is waited for: it might have written.
    await between.end();
    return new Map(rows.map(({ name, rows: count }) => [name, BigInt(count)]));
  }

  async function enclose(writing: boolean) {
    const writers = await startWriters(
      cluster.config('postgres'),
      ['busy', 'busier', 'parted'],
      writing ? 2 : 0,
    );
    await sleep(writing ? 60 : 0);
    const before = await readMoment(reader, 2 ** 30);
    await sleep(writing ? 40 : 0);
    const truth = await countNow();
    await sleep(writing ? 40 : 0);
    const after = await readMoment(reader, 2 ** 30);
    await writers.stop();
    const bounds = rowBounds(before, after, await settle(reader, after, before));
    return { truth, bounds: new Map(bounds.map((each) => [each.table, each])) };
  }

  function expectWithin(truth: bigint | undefined, bounds: RowBounds | undefined) {
    expect(bounds).toMatchObject({ basis: 'counted' });
    expect(truth).toBeGreaterThanOrEqual(BigInt(bounds?.atLeast ?? -1));
    expect(truth).toBeLessThanOrEqual(BigInt(bounds?.atMost ?? -1));
  }

  test(
    'what a snapshot holds lies within the bounds, while others write',
    async () => {
      let wide = 0;
      for (let round = 0; round < rounds(4, 100); round += 1) {
        const { truth, bounds } = await enclose(true);
        for (const table of tables) expectWithin(truth.get(table), bounds.get(table));
        wide += [...bounds.values()].filter(({ atLeast, atMost }) => atLeast !== atMost).length;
      }
      // Else nothing was written meanwhile, and nothing was shown.
      expect(wide).toBeGreaterThan(0);
    },
    patienceMs,
  );

  test('and is known exactly where nobody writes', async () => {
    const { truth, bounds } = await enclose(false);
    for (const table of tables) {
      expect(bounds.get(table)).toMatchObject({
        basis: 'counted',
        atLeast: String(truth.get(table)),
        atMost: String(truth.get(table)),
      });
    }
  });
});
