import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConnectOptions } from '../../../../../shared/postgres/connect.ts';
import { AlreadyRunningError } from '../../../../../shared/postgres/detached/already-running-error.ts';
import { runDetached } from '../../../../../shared/postgres/detached/transaction.ts';
import { quoteName } from '../../../../../shared/postgres/quote.ts';
import {
  clearWork,
  type DetachedStage,
  eventually,
  failureOf,
  longWork,
  secondsOf,
  startDetachedStage,
} from '../../../../support/detached-stage.ts';
import { describeWithPgBouncer } from '../../../../support/pgbouncer.ts';

describe.each([15, 18] as const)('on Postgres %p', (major) => {
  let stage: DetachedStage;
  beforeAll(async () => {
    stage = await startDetachedStage(major, { withPooler: true });
    await stage.owner.query(/* sql */ `
      CREATE TABLE late (id integer, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED);
      GRANT ALL ON late TO nightshift;
      CREATE FUNCTION tell(code text) RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'ada@menotime.example may not' USING ERRCODE = code, DETAIL = 'bob@menotime.example'; END $$;
      CREATE FUNCTION build() RETURNS void LANGUAGE plpgsql AS
        $$ BEGIN EXECUTE 'SELECT "ada@menotime.example"'; END $$`);
  });
  afterAll(() => stage.stop());
  beforeEach(() => clearWork(stage));

  describe('to the server itself', () => behaves(() => stage.direct));
  describeWithPgBouncer(describe)('through PgBouncer', () => behaves(() => stage.pooled()));

  function stillRunning(error: unknown): undefined {
    if (!(error instanceof AlreadyRunningError)) throw error;
  }

  function behaves(optionsOf: () => ConnectOptions) {
    const begin = (object: string, statement: string) =>
      runDetached(optionsOf(), longWork(object, statement), Date.now() + 60_000);

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
      ['a constraint at the end', 'INSERT INTO late VALUES (1), (1)', '23505', /late_id_key/],
    ])('an error is told with its SQLSTATE and no literal: %s', async (_what, sql, sqlState, words) => {
      const error = await failureOf(begin('failing', sql));
      expect(error).toMatchObject({ sqlState, message: expect.stringMatching(words) });
      expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain(
        'menotime.example',
      );
      expect(await stage.owner.query('SELECT FROM work')).toMatchObject({ rowCount: 0 });
      // And it can begin anew, as soon as a pooler has undone the transaction that failed.
      expect(await eventually(() => begin('failing', 'SELECT').catch(stillRunning))).toBe('committed');
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
      await expect(begin(name, statement)).resolves.toBe('committed');
      expect(await secondsOf(stage, name)).toBeDefined();
      await stage.owner.query(`SELECT added FROM ${quoteName(name)}`);
      await stage.owner.query(`DROP TABLE ${quoteName(name)}`);
    });
  }
});
