import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from 'pg';
import { failureOf } from '../../../../functions/db-maintenance/report.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  let app: Client;
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
    app = await stage.as('app');
  });
  afterAll(() => stage.stop());

  /** Of a table whose forced freeze is as near as Postgres lets anybody set it, 50 transactions are enough. */
  const soon = { vacuum: { wraparoundShare: 0.000_5 } };
  const ageTransactions = () =>
    app.query(
      /* sql */ `DO $$ BEGIN FOR i IN 1..80 LOOP CREATE TEMP TABLE t (); DROP TABLE t; COMMIT; END LOOP; END $$`,
    );

  test('the age of a TOAST table is that of its table, through which it is frozen', async () => {
    await app.query(/* sql */ `
      CREATE TABLE lengthy (words text) WITH (autovacuum_enabled = false, toast.autovacuum_enabled = false,
        toast.autovacuum_freeze_max_age = 100000);
      ALTER TABLE lengthy ALTER words SET STORAGE EXTERNAL;
      INSERT INTO lengthy SELECT repeat('x', 10000)`);
    await ageTransactions();
    await app.query('VACUUM (FREEZE, PROCESS_TOAST false) lengthy');
    const toastAge = async () => {
      const { rows } = await app.query<{ age: number }>(
        `SELECT age(t.relfrozenxid) AS age FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.relname = 'lengthy'`,
      );
      return rows[0]?.age;
    };
    expect(await toastAge()).toBeGreaterThan(50);
    const { outcomes } = await stage.work('vacuum', soon);
    expect(outcomes).toMatchObject([
      { target: 'public.lengthy', status: 'done', reason: expect.stringContaining('oldest transaction id') },
    ]);
    expect(await toastAge()).toBeLessThan(50);
    expect((await stage.work('vacuum', soon)).outcomes).toEqual([]);
  });

  test('multixacts run out, too', async () => {
    await app.query(/* sql */ `
      CREATE TABLE shared_rows (id integer) WITH (autovacuum_enabled = false, autovacuum_multixact_freeze_max_age = 10000);
      INSERT INTO shared_rows VALUES (1)`);
    const other = await stage.as('app');
    for (let round = 0; round < 30; round += 1) {
      await app.query('BEGIN; SELECT FROM shared_rows FOR KEY SHARE');
      await other.query('BEGIN; SELECT FROM shared_rows FOR KEY SHARE; COMMIT');
      await app.query('COMMIT');
    }
    const { outcomes } = await stage.work('vacuum', { vacuum: { wraparoundShare: 0.002 } });
    expect(outcomes).toMatchObject([{ target: 'public.shared_rows', status: 'done' }]);
    expect(outcomes[0]?.before.freezeShare).toBeGreaterThan(0.002);
    expect(outcomes[0]?.after.freezeShare).toBeLessThan(0.000_5);
  });

  test('a VACUUM that could freeze nothing is no success, and who holds it back is named', async () => {
    await app.query(/* sql */ `
      DROP TABLE lengthy;
      CREATE TABLE held (id integer) WITH (autovacuum_enabled = false, autovacuum_freeze_max_age = 100000);
      INSERT INTO held VALUES (1)`);
    const holder = await stage.as('stranger');
    await holder.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
    const { rows } = await holder.query('SELECT pg_backend_pid() AS pid');
    await ageTransactions();
    try {
      const { outcomes } = await stage.work('vacuum', soon);
      expect(outcomes).toMatchObject([{ target: 'public.held', status: 'no effect' }]);
      const night = {
        ...{ outcomes, untouched: [], refused: 0, notices: [], unnamed: 0, unfinished: [], broken: [] },
      };
      expect(failureOf(night)).toMatch(
        new RegExp(
          `hardly younger than before: session ${rows[0]?.pid} \\(stranger\\), in a transaction since .* can still see them\\. SELECT pg_terminate_backend\\(${rows[0]?.pid}\\);`,
        ),
      );
    } finally {
      await holder.query('ROLLBACK');
    }
    expect((await stage.work('vacuum', soon)).outcomes).toMatchObject([
      { target: 'public.held', status: 'done' },
    ]);
  });

  test('nobody is told to take a system table from Postgres', async () => {
    await stage.owner.query('REVOKE ALL ON SCHEMA public FROM stranger');
    const { outcomes, untouched } = await stage.work('vacuum', { vacuum: { wraparoundShare: 0.000_000_1 } });
    expect(JSON.stringify([outcomes, untouched])).not.toMatch(/ALTER TABLE \\"pg_catalog/);
    const refused = untouched.filter(({ kind }) => kind === 'refuse');
    if (major === 15) {
      expect(refused.find(({ target }) => target === 'pg_catalog.pg_class')?.remedy).toMatch(/autovacuum/i);
    } else expect(refused).toEqual([]);
  });
});
