import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { endSession } from '../../../../functions/db-maintenance/end-session.ts';
import { endSessions, planEnding } from '../../../../functions/db-maintenance/end-sessions.ts';
import { readSessions } from '../../../../functions/db-maintenance/read-sessions.ts';
import { eventually } from '../../../support/detached-stage.ts';
import { type MaintenanceStage, startMaintenanceStage } from '../../../support/maintenance-stage.ts';

/** Of a tenth of a second, in minutes. */
const soon = 0.1 / 60;
const both = { selectsOverMinutes: soon, idleInTransactionMinutes: soon };

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let stage: MaintenanceStage;
  beforeAll(async () => {
    stage = await startMaintenanceStage(major);
  });
  afterAll(() => stage.stop());

  const pidOf = async (client: Client) =>
    (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0;
  const over = async (limits = both) => stage.reach.connect((client) => readSessions(client, limits));
  const untilOver = (pid: number) =>
    eventually(async () => ((await over()).some((session) => session.pid === pid) ? true : undefined));

  test('a SELECT is cancelled and its session lives; what idles in a transaction is ended', async () => {
    const [reader, idler] = [await stage.as('stranger'), await stage.as('stranger')];
    const [readerPid, idlerPid] = [await pidOf(reader), await pidOf(idler)];
    const reading = reader
      .query(`/* 'secret' */ SELECT pg_sleep(600), 'ada@menotime.example'`)
      .catch((error: Error) => error.message);
    await idler.query('BEGIN');
    await idler.query(`SELECT 'ada@menotime.example'`);
    await untilOver(readerPid);
    await untilOver(idlerPid);
    const planned = await stage.reach.connect((client) => planEnding(client, both));
    expect(JSON.stringify(planned)).not.toMatch(/ada@|secret/);
    expect(planned.actions.map(({ session }) => [session.pid, session.command]).sort()).toEqual(
      [
        [readerPid, 'SELECT'],
        [idlerPid, 'SELECT'],
      ].sort(),
    );
    const { outcomes } = await stage.reach.connect((client) => endSessions(client, both));
    expect(outcomes.map(({ ended }) => ended).sort()).toEqual(['cancelled', 'terminated']);
    expect(await reading).toMatch(/canceling statement due to user request/);
    expect((await reader.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await expect(idler.query('SELECT 1')).rejects.toThrow();
  });

  test('superusers, Nightshift itself, and what is no SELECT are spared', async () => {
    const superuser = await stage.cluster.config('tidy');
    const admin = new Client(superuser);
    admin.on('error', () => undefined);
    await admin.connect();
    const own = await stage.as('nightshift');
    const writer = await stage.as('app');
    const disguised = new Client({
      ...superuser,
      user: 'app',
      password: 'app-secret',
      application_name: 'nightshift x',
    });
    await disguised.connect();
    try {
      const pids = { admin: await pidOf(admin), own: await pidOf(own), disguised: await pidOf(disguised) };
      for (const client of [admin, own, disguised]) await client.query('BEGIN');
      const writing = writer.query('DO $$ BEGIN PERFORM pg_sleep(1.5); END $$');
      for (const pid of Object.values(pids)) await untilOver(pid);
      const { actions, untouched } = await stage.reach.connect((client) => planEnding(client, both));
      expect(actions).toEqual([]);
      expect(untouched).toHaveLength(3);
      await writing;
      for (const client of [admin, own, disguised]) await client.query('COMMIT');
    } finally {
      await Promise.all([admin.end(), disguised.end()]);
    }
  });

  test('a session that has gone on to something else since it was looked at is left alone', async () => {
    const idler = await stage.as('stranger');
    const pid = await pidOf(idler);
    await idler.query('BEGIN');
    await untilOver(pid);
    const seen = (await over()).find((session) => session.pid === pid);
    if (!seen) throw new Error('the session was not found');
    await idler.query('COMMIT');
    await idler.query('BEGIN');
    const patience = { cancelMs: 100, terminateMs: 5_000 };
    expect(await stage.reach.connect((client) => endSession(client, seen, patience))).toBe(
      'went on by itself',
    );
    expect((await idler.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await idler.query('COMMIT');
  });

  test('a limit that was not given finds nobody, and without the privilege the grant is told', async () => {
    const idler = await stage.as('stranger');
    const pid = await pidOf(idler);
    await idler.query('BEGIN');
    await untilOver(pid);
    expect(await over({ selectsOverMinutes: soon, idleInTransactionMinutes: undefined as never })).toEqual(
      [],
    );
    await stage.owner.query('REVOKE pg_signal_backend FROM nightshift');
    const { actions, untouched } = await stage.reach.connect((client) => planEnding(client, both));
    expect(actions).toEqual([]);
    expect(untouched).toMatchObject([{ remedy: 'GRANT pg_signal_backend TO nightshift;' }]);
    await stage.owner.query('GRANT pg_signal_backend TO nightshift');
    await idler.query('COMMIT');
  });
});
