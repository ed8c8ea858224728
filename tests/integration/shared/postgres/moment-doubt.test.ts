import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import { type Moment, readMoment, readSettled } from '../../../../shared/postgres/moment.ts';
import { rowBounds } from '../../../../shared/postgres/row-bounds.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';
import { settle } from '../../../support/settle.ts';

let cluster: EmbeddedCluster;
let reader: Client;
let writer: Client;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  reader = new Client(cluster.config('postgres'));
  await reader.connect();
});
afterAll(async () => {
  await reader.end();
  await cluster.stop();
});

beforeEach(async () => {
  await reader.query(
    'DROP TABLE IF EXISTS t; CREATE TABLE t (id integer); INSERT INTO t VALUES (1), (2), (3)',
  );
});

const moment = () => readMoment(reader, 2 ** 30);
const write = (sql: string) =>
  withConnection(cluster.config('postgres'), async (client) => {
    await client.query(sql);
  });

/** The bounds of `t` around what is done between the two moments, and between them and the settling. */
async function boundsAround(during: () => Promise<void>, later = () => Promise.resolve()) {
  const before = await moment();
  await during();
  const after = await moment();
  await later();
  return rowBounds(before, after, await settle(reader, after, before)).filter(({ table }) => table === 't');
}

describe('nothing is proved of a table', () => {
  test.each([
    ['was truncated', 'TRUNCATE t'],
    ['was truncated and filled again', 'TRUNCATE t; INSERT INTO t VALUES (1), (2), (3)'],
    ['was rewritten', 'VACUUM FULL t'],
  ])('that %s', async (_what, sql) => {
    expect(await boundsAround(() => write(sql))).toMatchObject([
      { basis: 'uncertain', note: 'the table was truncated or rewritten meanwhile' },
    ]);
  });

  test('whose counters were reset, alone or with all others', async () => {
    for (const sql of [
      "SELECT pg_stat_reset_single_table_counters('t'::regclass)",
      'SELECT pg_stat_reset()',
    ]) {
      expect(await boundsAround(() => write(sql))).toMatchObject([{ basis: 'uncertain' }]);
    }
  });

  test('that was dropped before its counters had settled', async () => {
    const bounds = await boundsAround(
      () => write('DELETE FROM t WHERE id = 1'),
      () => write('DROP TABLE t'),
    );
    expect(bounds).toMatchObject([{ basis: 'uncertain', note: expect.stringMatching(/dropped/) }]);
  });

  test('that came, or was dropped and made anew', async () => {
    expect(await boundsAround(() => write('DROP TABLE t; CREATE TABLE t (id integer)'))).toEqual([]);
    await reader.query('DROP TABLE t');
    expect(await boundsAround(() => write('CREATE TABLE t (id integer)'))).toEqual([]);
  });
});

test('a truncation that was rolled back changes nothing', async () => {
  expect(await boundsAround(() => write('BEGIN; TRUNCATE t; ROLLBACK'))).toMatchObject([
    { basis: 'counted', atLeast: '3', atMost: '3' },
  ]);
});

describe('what happens while the counters are read', () => {
  /** A session that does this just before or just after it asks for the counters. */
  async function settledWith(after: Moment, when: 'before' | 'after', disturb: () => Promise<unknown>) {
    const client = new Client(cluster.config('postgres'));
    await client.connect();
    const query = client.query.bind(client);
    client.query = (async (text: string, values?: unknown[]) => {
      const isCounters = text.includes('n_tup_ins');
      if (isCounters && when === 'before') await disturb();
      const answer = await query(text, values);
      if (isCounters && when === 'after') await disturb();
      return answer;
    }) as typeof client.query;
    try {
      return await readSettled(client, after);
    } finally {
      await client.end();
    }
  }

  test('a session that reports just after them was seen before', async () => {
    const late = new Client(cluster.config('postgres'));
    await late.connect();
    await late.query('INSERT INTO t VALUES (4)');
    await late.query('INSERT INTO t VALUES (5)');
    await late.query('BEGIN; SELECT 1');
    const after = await moment();
    // As if later: whoever is idle by then has reported.
    const readAt = new Date(Date.parse(after.readAt) - 5_000).toISOString();
    const settled = await settledWith({ ...after, readAt }, 'after', () => late.query('COMMIT'));
    await late.end();
    expect(settled.sessionsHoldingBack).toBe(1);
  });

  test.each(['before', 'after'] as const)('a reset just %s them shows in the marks', async (when) => {
    const before = await moment();
    const after = await moment();
    const settled = await settledWith(after, when, () => write('SELECT pg_stat_reset()'));
    const bounds = rowBounds(before, after, settled).filter(({ table }) => table === 't');
    expect(bounds).toMatchObject([{ basis: 'uncertain', note: expect.stringMatching(/reset meanwhile/) }]);
  });
});

describe('a session that may hold back what it counted', () => {
  let after: Moment;

  beforeEach(async () => {
    writer = new Client(cluster.config('postgres'));
    await writer.connect();
  });

  async function enclose(during: () => Promise<unknown>) {
    const before = await moment();
    await during();
    after = await moment();
    return rowBounds(before, after, await readSettled(reader, after)).filter(({ table }) => table === 't');
  }

  test('inside a later transaction makes the bounds uncertain, until it has ended', async () => {
    const bounds = await enclose(async () => {
      // The first report is at once; what follows within the second after it is held back.
      await writer.query('INSERT INTO t VALUES (4)');
      await writer.query('INSERT INTO t VALUES (5)');
      await writer.query('BEGIN; SELECT 1');
    });
    expect(bounds).toMatchObject([
      { basis: 'uncertain', note: '1 session had not reported what they wrote' },
    ]);
    await writer.end();
    expect((await settle(reader, after)).sessionsHoldingBack).toBe(0);
  });

  test('idle for less than ten seconds is counted, and once it is not, nothing is missing', async () => {
    try {
      const before = await moment();
      // The first report is at once; what follows within the second after it waits for ten seconds of idling.
      await writer.query('INSERT INTO t VALUES (4)');
      await writer.query('INSERT INTO t VALUES (5)');
      after = await moment();
      expect((await readSettled(reader, after, before)).sessionsHoldingBack).toBe(1);
      const settled = await settle(reader, after, before);
      const [bounds] = rowBounds(before, after, settled).filter(({ table }) => table === 't');
      expect(bounds).toMatchObject({ basis: 'counted', atLeast: '3', atMost: '5' });
    } finally {
      await writer.end();
    }
  });

  test('is one whose activity nobody tracks', async () => {
    try {
      await writer.query('SET track_activities = off');
      after = await moment();
      expect((await readSettled(reader, after)).sessionsHoldingBack).toBe(1);
    } finally {
      await writer.end();
    }
  });

  test('inside a CALL that commits by itself counts as well, however young its transaction', async () => {
    await reader.query(/* sql */ `
      CREATE OR REPLACE PROCEDURE trickle() LANGUAGE plpgsql AS $$
      BEGIN FOR i IN 1..40 LOOP INSERT INTO t VALUES (i); COMMIT; PERFORM pg_sleep(0.05); END LOOP; END $$`);
    const calling = writer.query('CALL trickle()');
    await sleep(200);
    after = await moment();
    await sleep(300);
    // As if ten seconds had passed: every transaction inside the call is younger than the moment now.
    const { readAt } = after;
    const tenSecondsEarlier = new Date(Date.parse(readAt) - 10_000).toISOString();
    const { sessionsHoldingBack } = await readSettled(reader, { ...after, readAt: tenSecondsEarlier });
    await calling;
    await writer.end();
    expect(sessionsHoldingBack).toBe(1);
  });

  test('is any, to a role that may not see what others do', async () => {
    await reader.query(/* sql */ `
      CREATE ROLE blind LOGIN PASSWORD 'blind-secret' IN ROLE pg_read_all_data;
      CREATE ROLE seeing LOGIN PASSWORD 'seeing-secret' IN ROLE pg_read_all_data, pg_monitor`);
    const as = (user: string) =>
      withConnection({ ...cluster.config('postgres'), user, password: `${user}-secret` }, (client) =>
        readSettled(client, after),
      );
    try {
      // So long ago that nobody can hold back anything of it.
      after = { ...(await moment()), readAt: '2026-01-02T03:30:00Z' };
      expect((await as('seeing')).sessionsHoldingBack).toBe(0);
      expect((await as('blind')).sessionsHoldingBack).toBeGreaterThan(0);
    } finally {
      await writer.end();
    }
  });

  test('is none that began long after the moment, in another database, or this one itself', async () => {
    await cluster.createDatabase('other');
    const other = new Client(cluster.config('other'));
    await other.connect();
    await other.query('BEGIN; SELECT 1');
    await writer.query('BEGIN; SELECT 1');
    try {
      after = await moment();
      const longAgo = new Date(Date.parse(after.readAt) - 3_600_000).toISOString();
      expect((await readSettled(reader, { ...after, readAt: longAgo })).sessionsHoldingBack).toBe(0);
      await writer.end();
      expect((await settle(reader, after)).sessionsHoldingBack).toBe(0);
    } finally {
      await other.end();
    }
  });
});
