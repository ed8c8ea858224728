import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { archivesNow } from '../../../../functions/db-maintenance/wait-for-archive.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
    const app = await stage.as('app');
    const quiet = 'WITH (autovacuum_enabled = false)';
    await app.query(/* sql */ `
      CREATE TABLE half_dead (id integer) ${quiet};
      CREATE TABLE "Log" (id integer, at date) PARTITION BY RANGE (at);
      CREATE TABLE log_2020 PARTITION OF "Log" FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') ${quiet};
      CREATE TABLE log_2021 PARTITION OF "Log" FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') ${quiet};
      INSERT INTO half_dead SELECT generate_series(1, 4000);
      INSERT INTO "Log" SELECT g, '2020-06-01' FROM generate_series(1, 2000) g;
      INSERT INTO "Log" SELECT g, '2021-06-01' FROM generate_series(1, 2000) g`);
    await app.query('SELECT pg_stat_force_next_flush()');
    for (const table of ['half_dead', 'log_2020', 'log_2021', '"Log"'])
      await app.query(`VACUUM (ANALYZE) ${table}`);
    // Less than calls for a VACUUM by itself.
    await app.query(
      `DELETE FROM half_dead WHERE id <= 2000; DELETE FROM "Log" WHERE at < '2021-01-01' AND id <= 10`,
    );
    await app.query('SELECT pg_stat_force_next_flush()');
    await app.query('SELECT 1');
  });
  afterAll(() => stage.stop());

  const archive = (policy: string) =>
    stage.owner.query(
      `INSERT INTO nightshift.archive_batches (policy, slot, destination, archive_table, rows, raw_bytes, dbi_resource_id, seconds)
       VALUES ($1, '2026-01-01', 'table', 'public.old', 10, 100, 'db-1', 1)`,
      [policy],
    );

  test('every day, what the archive emptied is vacuumed, and nothing that can wait for the whole run', async () => {
    expect((await stage.work('vacuum', {}, { part: 'urgent' })).outcomes).toEqual([]);
    await archive('public."Log"');
    const { outcomes } = await stage.work('vacuum', {}, { part: 'urgent' });
    expect(outcomes).toMatchObject([
      {
        ...{ kind: 'vacuum', target: 'public.log_2020', status: 'done' },
        ...{
          reason: 'the last archive run took rows out of it',
          before: { deadRows: 10 },
          after: { deadRows: 0 },
        },
      },
    ]);
    expect((await stage.work('vacuum', {}, { part: 'urgent' })).outcomes).toEqual([]);
  });

  test('in a whole run, it goes before what has more dead rows', async () => {
    const app = await stage.as('app');
    await app.query(`DELETE FROM "Log" WHERE at < '2021-01-01' AND id <= 20`);
    await app.query('SELECT pg_stat_force_next_flush()');
    await archive('public."Log"');
    const { outcomes } = await stage.work('vacuum');
    expect(outcomes.slice(0, 2).map(({ target }) => target)).toEqual(['public.log_2020', 'public.half_dead']);
  });

  test('an archive run that is at work is seen, and one that has ended or died is not', async () => {
    const look = () => stage.reach.connect(archivesNow);
    expect(await look()).toBe(false);
    await stage.owner.query(
      `INSERT INTO nightshift.archive_runs (slot, policy, status) VALUES ('2026-01-02', 'public."Log"', 'running')`,
    );
    expect(await look()).toBe(true);
    await stage.owner.query(`UPDATE nightshift.archive_runs SET started_at = now() - interval '3 h'`);
    await stage.owner.query(`UPDATE nightshift.archive_batches SET committed_at = now() - interval '2 h'`);
    expect(await look()).toBe(false);
    await archive('public."Log"');
    expect(await look()).toBe(true);
    await stage.owner.query(`UPDATE nightshift.archive_runs SET status = 'completed'`);
    expect(await look()).toBe(false);
  });
});
