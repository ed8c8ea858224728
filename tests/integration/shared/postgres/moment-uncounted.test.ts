import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { readMoment, readSettled } from '../../../../shared/postgres/moment.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

let cluster: EmbeddedCluster;
let reader: Client;
let other: Client;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  other = new Client(cluster.config('postgres'));
  reader = new Client({ ...cluster.config('postgres'), options: '-c lock_timeout=200ms' });
  await Promise.all([other.connect(), reader.connect()]);
  await other.query(`
    CREATE TABLE small AS SELECT generate_series(1, 3) AS id;
    CREATE TABLE large AS SELECT generate_series(1, 30000) AS id;
    ANALYZE`);
});
afterAll(async () => {
  await Promise.all([other.end(), reader.end()]);
  await cluster.stop();
});

const tableOf = (tables: readonly { table: string }[], name: string) =>
  tables.find(({ table }) => table === name);

test('a table that somebody holds locked is estimated, with the reason, and the others are counted', async () => {
  await other.query('BEGIN; LOCK TABLE small IN ACCESS EXCLUSIVE MODE');
  const { tables } = await readMoment(reader, 2 ** 30);
  await other.query('ROLLBACK');
  expect(tableOf(tables, 'small')).toMatchObject({ exact: false, uncounted: '55P03 lock_not_available' });
  expect(tableOf(tables, 'large')).toMatchObject({ exact: true, rows: '30000' });
});

test('nor is anybody waited for where a table’s size is asked and it is locked just then', async () => {
  const query = reader.query.bind(reader);
  reader.query = (async (text: string, values?: unknown[]) => {
    const isSizes = String(text).includes('pg_relation_size');
    // Locked by the time that the size is read, though nobody was seen to hold a lock.
    if (isSizes) await other.query('BEGIN; LOCK TABLE small IN ACCESS EXCLUSIVE MODE');
    return query(isSizes ? text.replace("mode = 'AccessExclusiveLock'", 'false') : text, values);
  }) as typeof reader.query;
  const { tables } = await readMoment(reader, 2 ** 30).finally(() => {
    reader.query = query;
    return other.query('ROLLBACK');
  });
  expect(tableOf(tables, 'small')).toMatchObject({ exact: false, rows: '3' });
  expect(tableOf(tables, 'large')).toMatchObject({ exact: true, rows: '30000' });
});

test('when the time is spent, what is left is estimated: the largest tables', async () => {
  let looks = 0;
  const { tables } = await readMoment(reader, 2 ** 30, () => ++looks <= 1);
  expect(tableOf(tables, 'small')).toMatchObject({ exact: true, rows: '3' });
  expect(tableOf(tables, 'large')).toMatchObject({
    exact: false,
    uncounted: 'the time for counting was spent',
  });
});

test('the lock on a table that has been counted is given back before the next one is', async () => {
  const query = reader.query.bind(reader);
  const held: string[] = [];
  reader.query = (async (text: string, values?: unknown[]) => {
    const answer = await query(text, values);
    if (String(text).includes('FROM ONLY "public"."large"')) {
      const { rows } = await other.query(
        `SELECT relation::regclass::text AS name FROM pg_locks WHERE relation = 'small'::regclass`,
      );
      held.push(...rows.map(({ name }) => name));
    }
    return answer;
  }) as typeof reader.query;
  await readMoment(reader, 2 ** 30);
  reader.query = query;
  expect(held).toEqual([]);
});

test('a transaction from before the window holds nothing back; one from within it may', async () => {
  await other.query('BEGIN READ ONLY; SELECT 1');
  const before = await readMoment(reader, 2 ** 30);
  const after = await readMoment(reader, 2 ** 30);
  expect((await readSettled(reader, after, before)).sessionsHoldingBack).toBe(0);
  await other.query('COMMIT; BEGIN READ ONLY; SELECT 1');
  expect((await readSettled(reader, after, before)).sessionsHoldingBack).toBe(1);
  await other.query('COMMIT');
});
