import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PostgresError } from '../../../../../shared/job/errors.ts';
import { type ConnectOptions, withConnection } from '../../../../../shared/postgres/connect.ts';
import { AlreadyRunningError } from '../../../../../shared/postgres/detached/already-running-error.ts';
import { findRunning } from '../../../../../shared/postgres/detached/running.ts';
import { runDetached } from '../../../../../shared/postgres/detached/transaction.ts';
import { quoteName } from '../../../../../shared/postgres/quote.ts';
import {
  type DetachedStage,
  eventually,
  longWork,
  secondsOf,
  startDetachedStage,
} from '../../../../support/detached-stage.ts';
import { describeWithPgBouncer } from '../../../../support/pgbouncer.ts';

const inAMinute = () => Date.now() + 60_000;
/** Listens for a second, which is the least. */
const atOnce = 0;

async function failureOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    (answer) => Promise.reject(new Error(`it answered ${answer}`)),
    (thrown: Error) => thrown,
  );
}

describe.each([15, 18] as const)('on Postgres %p', (major) => {
  let stage: DetachedStage;
  beforeAll(async () => {
    stage = await startDetachedStage(major, { withPooler: true });
    await stage.owner.query(/* sql */ `
      CREATE FUNCTION tell(code text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'ada@menotime.example may not' USING ERRCODE = code, DETAIL = 'bob@menotime.example'; END $$;
      CREATE FUNCTION build() RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE 'SELECT "ada@menotime.example"'; END $$`);
  });
  afterAll(() => stage.stop());
  beforeEach(() => stage.owner.query('TRUNCATE work'));

  describe('to the server itself', () => behaves(() => stage.direct));
  describeWithPgBouncer(describe)('through PgBouncer', () => behaves(() => stage.pooled()));

  function behaves(optionsOf: () => ConnectOptions) {
    const begin = (object: string, statement: string, until: number) =>
      runDetached(optionsOf(), longWork(object, statement), until);
    const isRunning = async (object: string) => {
      const { name } = longWork(object, '');
      return (await withConnection(optionsOf(), (client) => findRunning(client, [name]))).get(name);
    };
    const noMore = (object: string) => eventually(async () => ((await isRunning(object)) ? undefined : true));

    test('the row and what was done are committed together, and that is said', async () => {
      await expect(begin('short', 'DO $$ BEGIN PERFORM pg_sleep(0.1); END $$', inAMinute())).resolves.toBe(
        'committed',
      );
      expect(await secondsOf(stage, 'short')).toBeGreaterThan(0.1);
      expect(await isRunning('short')).toBeUndefined();
    });

    test('its client may go in the middle: it is seen at work, and committed all the same', async () => {
      await expect(begin('long', 'DO $$ BEGIN PERFORM pg_sleep(2.5); END $$', atOnce)).resolves.toBe(
        'running',
      );
      const found = await isRunning('long');
      expect(found).toMatchObject({ waitingFor: null });
      expect(Date.parse(found?.beganAt ?? '')).toBeLessThan(Date.now());
      expect(await secondsOf(stage, 'long')).toBeUndefined();
      // While it goes on, nobody else begins the same.
      const error = await failureOf(begin('long', 'SELECT', inAMinute()));
      expect(error).toBeInstanceOf(AlreadyRunningError);
      expect(error).toMatchObject({ holder: { pid: found?.pid, beganAt: found?.beganAt } });
      expect(error.message).toMatch(/worked on by session \d+, since 20\S+Z \(\d s\)/);
      expect(await eventually(() => secondsOf(stage, 'long'))).toBeGreaterThan(2.5);
      expect(await isRunning('long')).toBeUndefined();
    });

    test('of two that begin at once one works, and the other is told by whom', async () => {
      const statement = 'DO $$ BEGIN PERFORM pg_sleep(0.5); END $$';
      const answers = await Promise.allSettled(
        [1, 2, 3, 4].map(() => begin('wanted', statement, inAMinute())),
      );
      const [done, refused] = [
        answers.filter(({ status }) => status === 'fulfilled'),
        answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : [])),
      ];
      expect(done).toEqual([{ status: 'fulfilled', value: 'committed' }]);
      expect(refused).toHaveLength(3);
      for (const error of refused) expect(error).toBeInstanceOf(AlreadyRunningError);
    });

    test('two of different names that share a lock are never at work both', async () => {
      const options = optionsOf();
      const one = { ...longWork('one', 'DO $$ BEGIN PERFORM pg_sleep(0.5); END $$'), lock: 'the same view' };
      const other = { ...longWork('other', 'SELECT'), lock: 'the same view' };
      const first = runDetached(options, one, inAMinute());
      await eventually(() => isRunning('one'));
      expect(await failureOf(runDetached(options, other, inAMinute()))).toBeInstanceOf(AlreadyRunningError);
      await expect(first).resolves.toBe('committed');
      await expect(runDetached(options, other, inAMinute())).resolves.toBe('committed');
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

    test('over its own time it is ended by the server when nobody listens, and leaves nothing', async () => {
      const work = {
        ...longWork('slow', 'SELECT pg_sleep(30)'),
        limits: { lockMs: 500, statementSeconds: 1.4 },
      };
      await expect(runDetached(optionsOf(), work, atOnce)).resolves.toBe('running');
      expect(await isRunning('slow')).toBeDefined();
      await noMore('slow');
      expect(await stage.owner.query('SELECT FROM work')).toMatchObject({ rowCount: 0 });
    });

    test('a lock that is not to be had is told as one to ask for again', async () => {
      await stage.owner.query('BEGIN; LOCK TABLE people');
      try {
        const error = await failureOf(begin('locked', 'LOCK TABLE people IN SHARE MODE', inAMinute()));
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

    test.each([
      [
        'a key that exists',
        `INSERT INTO people VALUES (2, 'ada@menotime.example')`,
        '23505',
        /people_email_key/,
      ],
      ['a value that does not fit', `SELECT 'ada@menotime.example'::integer`, '22P02', /left out/],
      ['what a function raises', `SELECT tell('P0001')`, 'P0001', /left out/],
      ['what a function raises under a code of Postgres', `SELECT tell('23505')`, '23505', /left out/],
      ['what a function builds', 'SELECT build()', '42703', /left out/],
      ['a constraint at the end', 'SELECT fail_at_the_end()', '42883', /does not exist/],
    ])('an error is told with its SQLSTATE and no literal: %s', async (_what, sql, sqlState, words) => {
      const error = await failureOf(begin('failing', sql, inAMinute()));
      expect(error).toMatchObject({ sqlState, message: expect.stringMatching(words) });
      expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain(
        'menotime.example',
      );
      expect(await stage.owner.query('SELECT FROM work')).toMatchObject({ rowCount: 0 });
      // And it can begin anew.
      await expect(begin('failing', 'SELECT', inAMinute())).resolves.toBe('committed');
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

    test.each([
      'quotes " and \' and ""',
      '; DROP TABLE work; --',
      'line\nbreak /* -- ',
      '$$ COMMIT $$ 🌙',
      'x'.repeat(63),
      'ä'.repeat(31),
    ])('any name of an object is taken as it is: %j', async (name) => {
      await stage.owner.query(`CREATE TABLE ${quoteName(name)} AS SELECT 1 AS id`);
      await stage.owner.query(`ALTER TABLE ${quoteName(name)} OWNER TO nightshift`);
      const statement = `ALTER TABLE ${quoteName(name)} ADD COLUMN added integer -- the end`;
      await expect(begin(name, statement, inAMinute())).resolves.toBe('committed');
      expect(await secondsOf(stage, name)).toBeDefined();
      await stage.owner.query(`SELECT added FROM ${quoteName(name)}`);
      await stage.owner.query(`DROP TABLE ${quoteName(name)}`);
    });

    test('workers that help it are not taken for it', async () => {
      const statement = `SET LOCAL ${major === 15 ? 'force_parallel_mode' : 'debug_parallel_query'} = on;
        SELECT count(*) FROM people WHERE pg_sleep(0.7) IS NOT NULL`;
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
