import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

const tables = [`"Odd.one"."t'1"`];
const integrity = { sharePerRun: 1, pauseMs: 0 };

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
    await stage.owner.query(/* sql */ `
      CREATE SCHEMA "Odd.one";
      CREATE TABLE "Odd.one"."t'1" (id integer PRIMARY KEY, words text) WITH (autovacuum_enabled = false);
      INSERT INTO "Odd.one"."t'1" SELECT g, 'ada@menotime.example' FROM generate_series(1, 2000) g`);
  });
  afterAll(() => stage.stop());
  const rows = async () =>
    (
      await stage.owner.query(
        'SELECT object, finding, ended_at IS NOT NULL AS ended FROM nightshift.integrity_checks',
      )
    ).rows;

  test('tables and indexes are looked through once in their time, and it is kept', async () => {
    const first = await stage.work('integrity', { integrity }, { tables });
    const statuses = new Set(first.outcomes.map(({ status }) => status));
    expect([...statuses]).toEqual(['done']);
    expect(first.outcomes.map(({ target }) => target)).toEqual(
      expect.arrayContaining([`"Odd.one"."t'1"`, `"Odd.one"."t'1_pkey"`]),
    );
    expect(await rows()).toHaveLength(first.outcomes.length);
    expect((await stage.work('integrity', { integrity }, { tables })).outcomes).toEqual([]);
  });

  test('damage is found, kept without a value of a row, and found again', async () => {
    // As when a collation changes under an index: its entries are in another order than they are taken to be.
    await stage.owner.query(
      `UPDATE pg_index SET indoption = '3' WHERE indexrelid = '"Odd.one"."t''1_pkey"'::regclass`,
    );
    await stage.owner.query('TRUNCATE nightshift.integrity_checks');
    const { outcomes } = await stage.work('integrity', { integrity }, { tables, slot: 'damage' });
    const damaged = outcomes.filter(({ status }) => status === 'damaged');
    expect(damaged.map(({ target }) => target)).toEqual([`"Odd.one"."t'1_pkey"`]);
    expect(damaged[0]?.reason).toMatch(/^XX00/);
    expect(JSON.stringify(await rows())).not.toContain('ada@');
    // It does not count as looked through.
    const again = await stage.work('integrity', { integrity }, { tables, slot: 'again' });
    expect(again.outcomes.map(({ target, status }) => [target, status])).toEqual([
      [`"Odd.one"."t'1_pkey"`, 'damaged'],
    ]);
  });

  test('without amcheck that is said, and nothing else stops', async () => {
    await stage.owner.query('DROP EXTENSION amcheck');
    const { outcomes, untouched } = await stage.work('integrity', { integrity }, { tables });
    expect(outcomes).toEqual([]);
    expect(untouched).toMatchObject([{ kind: 'refuse', target: 'amcheck' }]);
  });
});
