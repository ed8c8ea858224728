import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Client } from 'pg';
import { type ConnectOptions, withConnection } from '../../../../../shared/postgres/connect.ts';
import { endRunning } from '../../../../../shared/postgres/detached/end-running.ts';
import { findRunning } from '../../../../../shared/postgres/detached/running.ts';
import { runDetached } from '../../../../../shared/postgres/detached/transaction.ts';
import {
  clearWork,
  closeGate,
  type DetachedStage,
  eventually,
  failureOf,
  longWork,
  lookAt,
  secondsOf,
  startDetachedStage,
} from '../../../../support/detached-stage.ts';
import { describeWithPgBouncer } from '../../../../support/pgbouncer.ts';

const inAMinute = () => Date.now() + 60_000;
const { name } = longWork('ended', '');

describe.each([15, 18] as const)('on Postgres %p', (major) => {
  let stage: DetachedStage;
  beforeAll(async () => {
    stage = await startDetachedStage(major, { withPooler: true });
    await stage.cluster.createDatabase('elsewhere');
    // It sees all sessions, and may signal them.
    await stage.owner.query(/* sql */ `
      GRANT pg_monitor, pg_signal_backend TO nightshift;
      CREATE FUNCTION insist() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          FOR i IN 1..600 LOOP
            BEGIN PERFORM pg_sleep(0.1); EXCEPTION WHEN query_canceled THEN PERFORM pg_sleep(0.1); END;
          END LOOP;
        END $$`);
  });
  afterAll(() => stage.stop());
  beforeEach(() => clearWork(stage));

  describe('to the server itself', () => behaves(() => stage.direct));
  describeWithPgBouncer(describe)('through PgBouncer', () => behaves(() => stage.pooled()));

  function behaves(optionsOf: () => ConnectOptions) {
    const end = (terminateAfterSeconds = 20, which = name) =>
      withConnection(optionsOf(), (client) => endRunning(client, which, { terminateAfterSeconds }));
    /** What it ends with. */
    const begin = (statement: string) =>
      failureOf(runDetached(optionsOf(), longWork('ended', statement), inAMinute()));

    test('several are found at once, and those that do not run are not there', async () => {
      const gate = await closeGate(stage);
      const objects = ['a', 'b'];
      const ends = objects.map((object) =>
        runDetached(optionsOf(), longWork(object, gate.wait), inAMinute()),
      );
      const names = ['a', 'b', 'c'].map((object) => longWork(object, '').name);
      const found = await eventually(() =>
        withConnection(optionsOf(), async (client) => {
          const running = await findRunning(client, names);
          return running.size === 2 ? running : undefined;
        }),
      );
      expect([...found.keys()].sort()).toEqual(names.slice(0, 2).sort());
      await gate.open();
      await Promise.all(ends);
      const after = await withConnection(optionsOf(), (client) => findRunning(client, names));
      expect(after).toEqual(new Map());
    });

    test('what is cancelled ends, leaves nothing, and whoever listens is told', async () => {
      const failure = begin('SELECT pg_sleep(60)');
      await eventually(() => lookAt(optionsOf(), 'ended'));
      await expect(end()).resolves.toBe('cancelled');
      expect(await failure).toMatchObject({ sqlState: '57014' });
      expect(await secondsOf(stage, 'ended')).toBeUndefined();
      await expect(end()).resolves.toBe('gone');
    });

    test('what does not heed that is ended with its session', async () => {
      const failure = begin('SELECT insist()');
      await eventually(() => lookAt(optionsOf(), 'ended'));
      await expect(end(0.5)).resolves.toBe('terminated');
      expect(await failure).toMatchObject({ sqlState: '57P01', transient: true });
      expect(await secondsOf(stage, 'ended')).toBeUndefined();
      expect(await lookAt(optionsOf(), 'ended')).toBeUndefined();
    });

    test('what rests within its transaction heeds no cancel, and is ended with its session', async () => {
      const work = longWork('ended', 'SELECT');
      const prepare = async (...[client]: Parameters<typeof work.prepare>) => {
        await work.prepare(client);
        await eventually(async () => ((await lookAt(optionsOf(), 'ended')) ? undefined : true));
      };
      const failure = failureOf(runDetached(optionsOf(), { ...work, prepare }, inAMinute()));
      await eventually(() => lookAt(optionsOf(), 'ended'));
      await expect(end(0.3)).resolves.toBe('terminated');
      expect(await failure).toMatchObject({ name: 'PostgresError', transient: true });
      expect(await secondsOf(stage, 'ended')).toBeUndefined();
    });
  }

  describe('a session that only bears the name', () => {
    let session: Client | undefined;
    afterEach(() => session?.end());
    const asleep = (client: Client) => client.query('SELECT pg_sleep(60)').catch((error: Error) => error);
    const isLeftAlone = async (client: Client) => {
      await expect(lookAt(stage.direct, 'ended')).resolves.toBeUndefined();
      await expect(
        withConnection(stage.direct, (own) => endRunning(own, name, { terminateAfterSeconds: 0.1 })),
      ).resolves.toBe('gone');
      const { rows } = await stage.owner.query(
        'SELECT pid FROM pg_stat_activity WHERE application_name = $1',
        [name],
      );
      expect(rows).toHaveLength(1);
      expect(client.getTransactionStatus()).not.toBeNull();
    };

    test('of another user is neither found nor ended', async () => {
      session = await stage.as('stranger');
      await session.query(
        `SELECT set_config('application_name', $1, false), set_config('statement_timeout', '0', false)`,
        [name],
      );
      const sleeping = asleep(session);
      await isLeftAlone(session);
      await stage.owner.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
        [name],
      );
      expect(await sleeping).toBeInstanceOf(Error);
    });

    test('in another database is neither found nor ended', async () => {
      session = await stage.as('nightshift', 'elsewhere');
      await session.query(`SELECT set_config('application_name', $1, false)`, [name]);
      const sleeping = asleep(session);
      await isLeftAlone(session);
      await stage.owner.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
        [name],
      );
      expect(await sleeping).toBeInstanceOf(Error);
    });

    test('and is idle, or in a transaction that has failed, is not at work', async () => {
      session = await stage.as('nightshift');
      await session.query(
        `SELECT set_config('application_name', $1, false), set_config('idle_in_transaction_session_timeout', '0', false)`,
        [name],
      );
      await isLeftAlone(session);
      await session.query('BEGIN');
      await session.query('SELECT 1/0').catch(() => undefined);
      await isLeftAlone(session);
    });
  });
});
