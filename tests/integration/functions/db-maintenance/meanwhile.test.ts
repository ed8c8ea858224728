import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from 'pg';
import type { Reach } from '../../../../functions/db-maintenance/job.ts';
import { PostgresError } from '../../../../shared/job/errors.ts';
import { killedAt } from '../../../support/killed-connection.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  let app: Client;
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
    app = await stage.as('app');
  });
  afterAll(() => stage.stop());

  /** Makes tables anew of which half is dead. */
  async function makeHalfDead(...names: string[]): Promise<void> {
    for (const name of names) {
      await app.query(`DROP TABLE IF EXISTS ${name}`);
      await app.query(`CREATE TABLE ${name} (id integer) WITH (autovacuum_enabled = false)`);
      await app.query(`INSERT INTO ${name} SELECT generate_series(1, 4000)`);
      await app.query(`VACUUM (ANALYZE) ${name}`);
      await app.query(`DELETE FROM ${name} WHERE id <= 2000`);
    }
    await app.query('SELECT pg_stat_force_next_flush()');
    await app.query('SELECT 1');
  }

  /** Does something right after so many uses of a connection. */
  function reachThen(uses: number, then: () => Promise<unknown>): Reach {
    let used = 0;
    const connect: Reach['connect'] = async (use) => {
      const answer = await stage.reach.connect(use);
      used += 1;
      if (used === uses) await then();
      return answer;
    };
    return { ...stage.reach, connect };
  }

  test('what is dropped, renamed or locked once it is planned is told, and the rest goes on', async () => {
    await makeHalfDead('dropped', 'renamed', 'locked', 'sound');
    const locker = await stage.as('app');
    // After the server and the plan were read.
    const reach = reachThen(2, async () => {
      await app.query('DROP TABLE dropped');
      await app.query('ALTER TABLE renamed RENAME TO "Other name"');
      await locker.query('BEGIN; LOCK TABLE locked IN ACCESS EXCLUSIVE MODE');
    });
    try {
      const { outcomes, isLeft, broken } = await stage.work('vacuum', {}, {}, reach);
      const of = (target: string) => outcomes.find((outcome) => outcome.target === `public.${target}`);
      expect(of('dropped')).toMatchObject({ status: 'dropped meanwhile' });
      expect(of('renamed')).toMatchObject({
        status: 'postponed',
        reason: expect.stringContaining('called public."Other name" now'),
      });
      expect(of('locked')).toMatchObject({
        status: 'postponed',
        reason: expect.stringMatching(/^session \d+ holds a lock on it$/),
      });
      expect(of('sound')).toMatchObject({
        status: 'done',
        before: { deadRows: 2_000 },
        after: { deadRows: 0 },
      });
      expect([isLeft, broken]).toEqual([false, null]);
    } finally {
      await locker.query('ROLLBACK');
    }
    expect((await stage.work('vacuum')).outcomes).toMatchObject([
      { target: 'public."Other name"', status: 'done' },
      { target: 'public.locked', status: 'done' },
    ]);
  });

  test('what is dropped right before its statement is sent is told as dropped, not as failed', async () => {
    await makeHalfDead('short_lived');
    const reach = reachThen(3, () => app.query('DROP TABLE short_lived'));
    const { outcomes } = await stage.work('vacuum', {}, {}, reach);
    expect(outcomes).toMatchObject([{ target: 'public.short_lived', status: 'dropped meanwhile' }]);
  });

  test('an index that is locked is left for later, and one of another making is not taken for it', async () => {
    await app.query('CREATE TABLE indexed (id integer) WITH (autovacuum_enabled = false)');
    await app.query('INSERT INTO indexed SELECT generate_series(1, 20000)');
    await app.query('CREATE INDEX indexed_id ON indexed (id); DELETE FROM indexed WHERE id % 20 > 0');
    await app.query('VACUUM (ANALYZE) indexed');
    await app.query('VACUUM (ANALYZE) indexed');
    const again = () => app.query('DROP INDEX indexed_id; CREATE INDEX indexed_id ON indexed (id)');
    const { outcomes } = await stage.work('indexes', { bloat: { minMiB: 0 } }, {}, reachThen(2, again));
    expect(outcomes).toMatchObject([{ target: 'public.indexed_id', status: 'dropped meanwhile' }]);
    await app.query('DROP TABLE indexed');
  });

  test('wherever the connections break, what was done is told once, by this shift or the next', async () => {
    let breaks = 0;
    for (let fatal = 1; ; fatal += 1) {
      await makeHalfDead('one', 'two');
      const killed = killedAt(stage.reach.connect, fatal, 'before');
      const connect: Reach['connect'] = (use) => killed.connect(use).catch(asBroken);
      const slot = `broken-${fatal}`;
      const first = await stage.work('vacuum', {}, { slot }, { ...stage.reach, connect });
      const isBroken = killed.count() >= fatal;
      expect(first.broken === null).toBe(!isBroken);
      const tried = first.outcomes.map(({ id }) => id);
      const next = await stage.work('vacuum', {}, { slot, tried, pending: first.pending });
      const told = [...first.outcomes, ...next.outcomes];
      expect(told.map(({ target, status }) => `${target} ${status}`).sort()).toEqual([
        'public.one done',
        'public.two done',
      ]);
      if (!isBroken) break;
      breaks += 1;
    }
    expect(breaks).toBeGreaterThan(10);
  });

  test('what the role may not is seen by its effect, and told with the grant that mends it', async () => {
    await makeHalfDead('theirs');
    await app.query('GRANT SELECT ON theirs TO stranger');
    const { rows } = await stage.owner.query<{ id: string }>(`SELECT 'theirs'::regclass::oid::text AS id`);
    const table = { id: rows[0]?.id ?? '', schema: 'public', name: 'theirs' };
    await stage.owner.query(major >= 17 ? 'REVOKE pg_maintain FROM nightshift' : 'SELECT');
    await stage.owner.query('REVOKE app FROM nightshift');
    const locker = await stage.as('app');
    await locker.query('BEGIN; LOCK TABLE theirs IN SHARE UPDATE EXCLUSIVE MODE');
    try {
      // Also while somebody holds a lock, which is not the reason.
      expect(await stage.act(table)).toMatchObject({
        outcome: {
          status: 'no effect',
          reason: expect.stringContaining('nightshift may not maintain what app owns'),
          remedy:
            major >= 17
              ? 'GRANT MAINTAIN ON TABLE "public"."theirs" TO nightshift;'
              : 'GRANT "app" TO nightshift;',
        },
      });
    } finally {
      await locker.query('ROLLBACK');
      await stage.owner.query('GRANT app TO nightshift');
      if (major >= 17) await stage.owner.query('GRANT pg_maintain TO nightshift');
    }
    expect(await stage.act(table)).toMatchObject({ outcome: { status: 'done' } });
  });
});

/** What the driver says of a connection that is cut. */
function asBroken(error: Error): never {
  throw error.message.endsWith('killed') ? new PostgresError(error.message, { transient: true }) : error;
}
