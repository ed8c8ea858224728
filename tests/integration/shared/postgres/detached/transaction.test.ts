import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PostgresError } from '../../../../../shared/job/errors.ts';
import type { ConnectOptions } from '../../../../../shared/postgres/connect.ts';
import { AlreadyRunningError } from '../../../../../shared/postgres/detached/already-running-error.ts';
import { lockKeyOf } from '../../../../../shared/postgres/detached/name.ts';
import {
  type DetachedTransaction,
  runDetached,
} from '../../../../../shared/postgres/detached/transaction.ts';
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

describe.each([15, 18] as const)('on Postgres %p', (major) => {
  let stage: DetachedStage;
  beforeAll(async () => {
    stage = await startDetachedStage(major, { withPooler: true });
  });
  afterAll(() => stage.stop());
  beforeEach(() => clearWork(stage));

  describe('to the server itself', () => behaves(() => stage.direct));
  describeWithPgBouncer(describe)('through PgBouncer', () => behaves(() => stage.pooled()));

  test('its answer is waited for longer than that of other statements', async () => {
    // Ten seconds more is what an answer may take: here one.
    const database = { ...stage.direct.database, statementTimeoutSeconds: -9 };
    const begin = (work: DetachedTransaction) =>
      runDetached({ ...stage.direct, database }, work, inAMinute());
    const long = longWork('patient', 'SELECT FROM pg_sleep(1.2)');
    const stuck = longWork('stuck', 'SELECT');
    const prepare: DetachedTransaction['prepare'] = async (client) => {
      await client.query('SELECT pg_sleep(1.2)');
    };
    const [end, error] = await Promise.all([begin(long), failureOf(begin({ ...stuck, prepare }))]);
    expect(end).toBe('committed');
    expect(error).toMatchObject({ transient: true, message: expect.stringMatching(/Query read timeout/) });
  });

  function behaves(optionsOf: () => ConnectOptions) {
    const begin = (object: string, statement: string, until: number) =>
      runDetached(optionsOf(), longWork(object, statement), until);
    const isRunning = (object: string) => lookAt(optionsOf(), object);

    test('the row and what was done are committed together, and that is said', async () => {
      await expect(begin('short', 'DO $$ BEGIN PERFORM pg_sleep(0.1); END $$', inAMinute())).resolves.toBe(
        'committed',
      );
      expect(await secondsOf(stage, 'short')).toBeGreaterThan(0.1);
      expect(await isRunning('short')).toBeUndefined();
    });

    test('of several that begin at once one works, and the others are told by whom', async () => {
      const gate = await closeGate(stage);
      const told: Error[] = [];
      const all = [1, 2, 3, 4].map(() => begin('wanted', gate.wait, inAMinute()));
      const ends = all.map((one) => one.catch((error: Error) => told.push(error)));
      await eventually(async () => (told.length === 3 ? true : undefined));
      const pid = (await isRunning('wanted'))?.pid;
      for (const error of told) {
        expect(error).toBeInstanceOf(AlreadyRunningError);
        expect(error).toMatchObject({ holder: { pid } });
        expect(error.message).toMatch(/worked on by session \d+, since 20\S+Z \(\d+ s\)/);
      }
      await gate.open();
      expect(await Promise.all(ends)).toContain('committed');
      expect(told).toHaveLength(3);
    });

    test('two of different names that share a lock are never at work both', async () => {
      const options = optionsOf();
      const gate = await closeGate(stage);
      const one = { ...longWork('one', gate.wait), lock: 'the same view' };
      const other = { ...longWork('other', 'SELECT'), lock: 'the same view' };
      const first = runDetached(options, one, inAMinute());
      await eventually(() => isRunning('one'));
      expect(await failureOf(runDetached(options, other, inAMinute()))).toBeInstanceOf(AlreadyRunningError);
      await gate.open();
      await expect(first).resolves.toBe('committed');
      await expect(runDetached(options, other, inAMinute())).resolves.toBe('committed');
    });

    test('a lock that another user holds is told with all that is known', async () => {
      const stranger = await stage.as('stranger');
      const key = lockKeyOf('taken by a stranger');
      await stranger.query('SELECT pg_advisory_lock($1)', [key]);
      const work = { ...longWork('taken', 'SELECT'), lock: 'taken by a stranger' };
      const error = await failureOf(runDetached(optionsOf(), work, inAMinute()));
      await stranger.query('SELECT pg_advisory_unlock($1)', [key]);
      expect(error).toBeInstanceOf(AlreadyRunningError);
      expect(error).toMatchObject({ holder: { pid: expect.any(Number), beganAt: null, ageSeconds: null } });
      expect(error.message).toMatch(/by session \d+ of another user, which holds the same advisory lock/);
    });

    test('over its own time it is ended by the server, which is told while somebody listens', async () => {
      const work = {
        ...longWork('slow', 'SELECT pg_sleep(30)'),
        limits: { lockMs: 500, statementSeconds: 0.3 },
      };
      const error = await failureOf(runDetached(optionsOf(), work, inAMinute()));
      expect(error).toBeInstanceOf(PostgresError);
      expect(error).toMatchObject({
        sqlState: '57014',
        transient: false,
        message: expect.stringMatching(/query_canceled: canceling statement due to statement timeout/),
      });
      expect(await stage.owner.query('SELECT FROM work')).toMatchObject({ rowCount: 0 });
    });

    test('a lock that is not to be had is told as one to ask for again', async () => {
      await stage.owner.query('BEGIN; LOCK TABLE people');
      try {
        const work = longWork('locked', 'LOCK TABLE people IN SHARE MODE');
        const limits = { lockMs: 300, statementSeconds: 20 };
        const error = await failureOf(runDetached(optionsOf(), { ...work, limits }, inAMinute()));
        expect(error).toMatchObject({ sqlState: '55P03', transient: true });
      } finally {
        await stage.owner.query('ROLLBACK');
      }
    });

    test('a lock that it waits for is told with who holds it', async () => {
      await stage.owner.query('BEGIN; LOCK TABLE people');
      const { rows } = await stage.owner.query('SELECT pg_backend_pid() AS pid');
      try {
        const work = longWork('waiting', 'LOCK TABLE people IN SHARE MODE');
        const end = runDetached(
          optionsOf(),
          { ...work, limits: { lockMs: 60_000, statementSeconds: 20 } },
          inAMinute(),
        );
        const waitingFor = await eventually(
          async () => (await isRunning('waiting'))?.waitingFor ?? undefined,
        );
        expect(waitingFor).toBe(`a lock (relation) that session ${rows[0].pid} holds or waits for`);
        await stage.owner.query('ROLLBACK');
        await expect(end).resolves.toBe('committed');
      } finally {
        await stage.owner.query('ROLLBACK');
      }
    });

    test('a row that is there already is told as a duplicate before the long statement begins', async () => {
      await begin('done', 'SELECT', inAMinute());
      const error = await failureOf(begin('done', 'SELECT pg_sleep(30)', inAMinute()));
      expect(error).toMatchObject({ sqlState: '23505' });
    });

    test('what prepares it may not end its transaction', async () => {
      const work = longWork('ended', 'SELECT');
      const prepare = async (...[client]: Parameters<typeof work.prepare>) => {
        await client.query('COMMIT');
      };
      const error = await failureOf(runDetached(optionsOf(), { ...work, prepare }, inAMinute()));
      expect(error.message).toMatch(/ended its transaction/);
    });

    test('workers that help it are not taken for it', async () => {
      const statement = `SET LOCAL ${major === 15 ? 'force_parallel_mode' : 'debug_parallel_query'} = on;
        SELECT count(*) FROM people WHERE pg_sleep(1) IS NOT NULL`;
      const end = begin('parallel', statement, inAMinute());
      const { name } = longWork('parallel', '');
      const pids = await eventually(async () => {
        const { rows } = await stage.owner.query(
          'SELECT pid, leader_pid FROM pg_stat_activity WHERE application_name = $1 ORDER BY leader_pid NULLS FIRST',
          [name],
        );
        return rows.length > 1 ? rows : undefined;
      });
      expect(await isRunning('parallel')).toMatchObject({ pid: pids[0].pid });
      await expect(end).resolves.toBe('committed');
    });
  }
});
