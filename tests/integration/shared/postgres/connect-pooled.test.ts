import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PostgresError, PreconditionError } from '../../../../shared/job/errors.ts';
import { withConnection } from '../../../../shared/postgres/connect.ts';
import {
  type DetachedStage,
  databaseName,
  failureOf,
  startDetachedStage,
} from '../../../support/detached-stage.ts';
import { describeWithPgBouncer } from '../../../support/pgbouncer.ts';

describeWithPgBouncer(describe)('behind PgBouncer in transaction mode', () => {
  let stage: DetachedStage;
  beforeAll(async () => {
    stage = await startDetachedStage(15, { withPooler: true });
    await stage.owner.query(/* sql */ `
      INSERT INTO people VALUES (2, 'bob@menotime.example');
      ALTER TABLE people ENABLE ROW LEVEL SECURITY;
      CREATE POLICY first_only ON people USING (id = 1)`);
  });
  afterAll(() => stage.stop());

  const ask = (sql: string) =>
    withConnection(stage.pooled(), async (client) => (await client.query(sql)).rows);

  test('a connection has its settings as one without a pooler, and leaves none behind', async () => {
    const settings = /* sql */ `
      SELECT current_setting('row_security') AS rows, current_setting('statement_timeout') AS statement,
        current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle,
        current_setting('TimeZone') AS zone, current_setting('DateStyle') AS date,
        current_setting('application_name') AS name`;
    const direct = await withConnection(stage.direct, async (client) => (await client.query(settings)).rows);
    expect(await ask(settings)).toEqual(direct);
    const { rows } = await stage.owner.query(
      `SELECT count(*)::int FROM pg_stat_activity WHERE usename = 'nightshift' AND state <> 'idle'`,
    );
    expect(rows).toEqual([{ count: 0 }]);
  });

  test('row-level security raises instead of hiding rows', async () => {
    const error = await failureOf(ask('SELECT FROM people'));
    expect(error).toBeInstanceOf(PostgresError);
    expect(error).toMatchObject({ sqlState: '42501', message: expect.stringMatching(/row-level security/) });
  });

  test('work that ends its transaction, and so its settings, is refused', async () => {
    for (const sql of ['COMMIT', 'COMMIT; BEGIN', 'ROLLBACK; BEGIN']) {
      const error = await failureOf(ask(sql));
      expect(error).toBeInstanceOf(PreconditionError);
      expect(error.message).toMatch(/ended the transaction/);
    }
  });

  test('an error that the work keeps to itself is told all the same', async () => {
    const work = withConnection(stage.pooled(), (client) =>
      client.query('SELECT 1/0').catch(() => 'nothing to be seen'),
    );
    expect(await failureOf(work)).toMatchObject({ sqlState: '25P02' });
  });

  test('what is written is committed, and of failed work nothing', async () => {
    await ask(`INSERT INTO work (object, slot) VALUES ('kept', 's')`);
    await failureOf(
      withConnection(stage.pooled(), async (client) => {
        await client.query(`INSERT INTO work (object, slot) VALUES ('lost', 's')`);
        throw new PreconditionError('x');
      }),
    );
    expect(await ask('SELECT object FROM work')).toEqual([{ object: 'kept' }]);
  });

  test('what the database allows a resting transaction ends none of ours', async () => {
    const limit = `ALTER DATABASE ${databaseName} SET idle_in_transaction_session_timeout`;
    await stage.owner.query(`${limit} = '1ms'`);
    const { options, pooler } = await stage.startPooler();
    try {
      for (let i = 0; i < 20; i += 1)
        await withConnection(options, async (client) => {
          await sleep(5);
          await client.query('SELECT');
        });
    } finally {
      await stage.owner.query(`${limit} = '700ms'`);
      await pooler.stop();
    }
  });

  test('a job that needs a session is refused', async () => {
    const error = await failureOf(
      withConnection({ ...stage.pooled(), pooled: false }, (client) => client.query('SELECT')),
    );
    expect(error.message).toMatch(/unsupported startup parameter: options/);
  });
});
