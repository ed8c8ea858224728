import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readServer } from '../../../../functions/db-maintenance/read-server.ts';
import { readTables } from '../../../../functions/db-maintenance/read-tables.ts';
import { dbMaintenance } from '../../../../shared/config/db-maintenance.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
    const app = await stage.as('app');
    await app.query(/* sql */ `
      CREATE TABLE "Half ""dead""" (id integer PRIMARY KEY, v integer) WITH (autovacuum_enabled = false);
      INSERT INTO "Half ""dead""" SELECT g, g FROM generate_series(1, 5000) g;
      CREATE TABLE tidy (id integer PRIMARY KEY) WITH (autovacuum_enabled = false);
      INSERT INTO tidy VALUES (1);
      CREATE TABLE parts (id integer) PARTITION BY RANGE (id);
      CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (100000) WITH (autovacuum_enabled = false)`);
    await app.query('VACUUM (ANALYZE) "Half ""dead"""');
    await app.query('VACUUM (ANALYZE) tidy');
    await app.query('UPDATE "Half ""dead""" SET v = v + 1');
    await app.query('SELECT pg_stat_force_next_flush()');
    await app.query('SELECT 1');
  });
  afterAll(() => stage.stop());

  test('what is dead is vacuumed, partitioned tables are analyzed, and what is tidy is left alone', async () => {
    const { outcomes, isLeft } = await stage.work('vacuum', { lockTimeoutMs: 5_000 });
    expect(outcomes).toMatchObject([
      {
        kind: 'vacuum',
        target: 'public."Half ""dead"""',
        status: 'done',
        before: { deadRows: 5_000 },
        after: { deadRows: 0 },
      },
      { kind: 'analyze', target: 'public.parts', status: 'done' },
    ]);
    expect(isLeft).toBe(false);
    expect((await stage.work('vacuum')).outcomes).toEqual([]);
  });

  test('of a stranger’s table the grant is told before 17; from 17 on pg_maintain is enough', async () => {
    const stranger = await stage.as('stranger');
    await stranger.query('CREATE TABLE theirs (id integer) WITH (autovacuum_enabled = false)');
    await stranger.query('INSERT INTO theirs SELECT generate_series(1, 3000)');
    await stranger.query('DELETE FROM theirs WHERE id > 10');
    await stranger.query('SELECT pg_stat_force_next_flush()');
    await stranger.query('SELECT 1');
    // A plan that thinks that it may, as before a REVOKE: VACUUM only warns, which nobody hears.
    if (major === 15) {
      const facts = await stage.reach.connect(async (client) => {
        const { vacuum } = dbMaintenance.parse({});
        return readTables(client, await readServer(client), vacuum, { only: null, leaveOut: [] });
      });
      const theirs = facts.find(({ name }) => name === 'theirs');
      if (!theirs) throw new Error('the table was not found');
      expect(await stage.act(theirs)).toMatchObject({
        outcome: { status: 'no effect', remedy: 'GRANT "stranger" TO nightshift;' },
      });
    }
    const { outcomes, untouched } = await stage.work('vacuum');
    if (major === 18) expect(outcomes).toMatchObject([{ target: 'public.theirs', status: 'done' }]);
    else {
      expect(outcomes).toEqual([]);
      expect(untouched).toMatchObject([
        { kind: 'refuse', target: 'public.theirs', remedy: 'GRANT "stranger" TO nightshift;' },
      ]);
      await stage.owner.query('GRANT stranger TO nightshift');
      expect((await stage.work('vacuum')).outcomes).toMatchObject([
        { target: 'public.theirs', status: 'done' },
      ]);
    }
  });

  test('a lock that is not to be had is passed over, and that is seen by its effect', async () => {
    const app = await stage.as('app');
    await app.query('UPDATE "Half ""dead""" SET v = v + 1');
    await app.query('SELECT pg_stat_force_next_flush()');
    await app.query('BEGIN');
    await app.query('LOCK TABLE "Half ""dead""" IN SHARE UPDATE EXCLUSIVE MODE');
    try {
      const { outcomes } = await stage.work('vacuum');
      expect(outcomes).toMatchObject([
        { status: 'postponed', reason: expect.stringContaining('holds a lock') },
      ]);
    } finally {
      await app.query('ROLLBACK');
    }
  });

  test('transaction ids that run out by a table’s own limit go first, also where it is left out', async () => {
    const app = await stage.as('app');
    await app.query(
      'CREATE TABLE old (id integer, words text) WITH (autovacuum_enabled = false, autovacuum_freeze_max_age = 100000)',
    );
    await app.query('INSERT INTO old SELECT 1');
    const limits = { ...dbMaintenance.parse({}).vacuum, wraparoundShare: 0.000_2 };
    await app.query(
      /* sql */ `DO $$ BEGIN FOR i IN 1..40 LOOP INSERT INTO old VALUES (i); COMMIT; END LOOP; END $$`,
    );
    const first = async () =>
      stage.reach.connect(async (client) => {
        const server = await readServer(client);
        return (
          await readTables(client, server, limits, {
            only: null,
            leaveOut: [{ schema: 'public', name: 'old' }],
          })
        ).find(({ name }) => name === 'old');
      });
    // Left out, and yet frozen: nobody may leave that out.
    expect(await first()).toMatchObject({ name: 'old' });
    const { outcomes } = await stage.work('vacuum', { vacuum: limits, leaveOut: ['public.old'] });
    expect(outcomes[0]).toMatchObject({ target: 'public.old', status: 'done' });
    expect(outcomes[0]?.after.age).toBeLessThan(outcomes[0]?.before.age ?? 0);
  });
});
