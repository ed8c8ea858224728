import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { chooseRows, type Movable } from '../../../../functions/audit-archive/choose-rows.ts';
import { quoteName } from '../../../../shared/postgres/quote.ts';
import { inTransaction } from '../../../../shared/postgres/transaction.ts';
import { policyOf } from '../../../support/archive-policies.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

const hostile = 'ol"d; DROP TABLE x --';
const age = 'at "noon"';

describe('rows are chosen oldest first, a batch of one month at a time', () => {
  let cluster: EmbeddedCluster;
  let client: Client;
  beforeAll(async () => {
    cluster = await startEmbeddedCluster();
    client = new Client({ ...cluster.config('postgres'), options: '-c timezone=UTC -c datestyle=ISO' });
    await client.connect();
  });
  afterAll(async () => {
    await client?.end();
    await cluster?.stop();
  });

  const table = quoteName('public', hostile);

  async function fill(type: string, ages: readonly string[], more = ''): Promise<void> {
    await client.query(`DROP TABLE IF EXISTS ${table}`);
    await client.query(`CREATE TABLE ${table} (id serial, ${quoteName(age)} ${type}) ${more}`);
    if (more) await client.query(`CREATE TABLE part_a PARTITION OF ${table} DEFAULT`);
    await client.query(`INSERT INTO ${table} (${quoteName(age)}) SELECT unnest($1::text[])::${type}`, [ages]);
  }

  const movable = (ageType: string, batchRows: number, holds: string[] = []): Movable => ({
    policy: policyOf({ table: `public.${quoteName(hostile)}`, ageColumn: age, batchRows }),
    ageType,
    holds,
  });

  /** Takes every batch of the slice away, and tells what each held. */
  async function batches(of: Movable, to: string): Promise<{ month: string; ages: string[] }[]> {
    const taken: { month: string; ages: string[] }[] = [];
    for (;;) {
      const batch = await inTransaction(client, async () => {
        const chosen = await chooseRows(client, of, { from: '-infinity', to });
        if (!chosen) return undefined;
        const { rows } = await client.query(
          `DELETE FROM ${table} WHERE ${chosen.where} RETURNING ${quoteName(age)}::text AS age`,
        );
        return { month: chosen.month, ages: rows.map((row: { age: string }) => row.age).sort() };
      });
      if (!batch) return taken;
      taken.push(batch);
    }
  }

  test.each(['timestamp without time zone', 'timestamp with time zone', 'date'])(
    'by an age of %s',
    async (type) => {
      const days = Array.from({ length: 60 }, (_, day) => new Date(Date.UTC(2024, 0, 1 + day)).toISOString());
      await fill(type, [...days, '-infinity', '0044-03-15 BC', 'infinity', '2024-02-01T00:00:00Z']);
      const taken = await batches(movable(type, 20), '2024-02-20');
      expect(taken.map(({ month, ages }) => `${month}: ${ages.length}`)).toEqual([
        '0000-00: 2',
        '2024-01: 20',
        '2024-01: 11',
        '2024-02: 20',
      ]);
      const { rows } = await client.query(`SELECT count(*)::int AS left FROM ${table}`);
      expect(rows).toEqual([{ left: 60 - 31 - 19 + 1 }]);
    },
  );

  test('of more rows than a batch that share one moment, a part by their place; partitions too', async () => {
    const moment = '2024-01-05 12:00:00.123456';
    for (const more of ['', `PARTITION BY RANGE (${quoteName(age)})`]) {
      await fill(
        'timestamp',
        [...Array.from({ length: 25 }, () => moment), '2024-01-06', '2024-01-04'],
        more,
      );
      const taken = await batches(movable('timestamp without time zone', 10), '2024-02-01');
      expect(taken.map(({ ages }) => ages.length)).toEqual([1, 10, 10, 6]);
    }
  });

  test('what is on hold stays, and a hold that is neither true nor false holds nothing', async () => {
    await fill(
      'timestamp',
      Array.from({ length: 10 }, (_, n) => `2024-01-0${(n % 9) + 1}`),
    );
    const taken = await batches(
      movable('timestamp without time zone', 3, ['id > 8', 'NULL::boolean']),
      '2025-01-01',
    );
    expect(taken.flatMap(({ ages }) => ages)).toHaveLength(8);
  });

  test('nothing to choose is no batch, and the transaction is rolled back', async () => {
    await fill('timestamp', ['2024-03-01', 'infinity']);
    expect(await batches(movable('timestamp without time zone', 3), '2024-03-01')).toEqual([]);
    const { rows } = await client.query('SELECT pg_current_xact_id_if_assigned() AS id');
    expect(rows).toEqual([{ id: null }]);
  });
});
