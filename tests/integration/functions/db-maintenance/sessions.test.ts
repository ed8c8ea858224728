import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, type ClientConfig } from 'pg';
import { endEach } from '../../../../functions/db-maintenance/end-session.ts';
import { endSessions, planEnding } from '../../../../functions/db-maintenance/end-sessions.ts';
import { readSessions } from '../../../../functions/db-maintenance/read-sessions.ts';
import { failureOfEnds } from '../../../../functions/db-maintenance/report.ts';
import { eventually } from '../../../support/detached-stage.ts';
import { killedAt } from '../../../support/killed-connection.ts';
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
    const { outcomes } = await stage.reach.connect((client) =>
      endSessions(client, both, { cancelMs: 500, terminateMs: 5_000 }),
    );
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
    expect(await stage.reach.connect((client) => endEach(client, [seen], patience))).toEqual([
      'went on by itself',
    ]);
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

  test('what another session reads is told from what it writes, by more than its first words', async () => {
    const writers = [
      `/* a */ INSERT INTO slow_words /* b */ SELECT pg_sleep(600)::text`,
      `/* a /* b */ SELECT */ DELETE FROM slow_words WHERE pg_sleep(600) IS NULL`,
      `SELECT 1; INSERT INTO slow_words VALUES ('x'); SELECT pg_sleep(600)`,
      `WITH gone AS (INSERT INTO slow_words VALUES ('x') RETURNING 1) SELECT pg_sleep(600) FROM gone`,
      `SELECT 'x' AS w INTO slow_copy FROM (SELECT pg_sleep(600)) s`,
    ];
    const readers = [`WITH a AS (SELECT pg_sleep(600)) TABLE a`, `(((SELECT pg_sleep(600))));`];
    await stage.owner.query('CREATE TABLE slow_words (w text); GRANT ALL ON slow_words TO stranger');
    await stage.owner.query(`INSERT INTO slow_words VALUES ('x')`);
    const started = await Promise.all(
      [...writers, ...readers].map(async (text) => {
        const client = await stage.as('stranger');
        const pid = await pidOf(client);
        const answer = client.query(text).then(
          () => 'done',
          (error: Error) => error.message,
        );
        return { pid, text, answer };
      }),
    );
    const pidsOf = (texts: readonly string[]) =>
      started.filter(({ text }) => texts.includes(text)).map(({ pid }) => pid);
    for (const pid of pidsOf(readers)) await untilOver(pid);
    const { actions, untouched } = await stage.reach.connect((client) => planEnding(client, both));
    expect(actions.map(({ session }) => session.pid).sort()).toEqual(pidsOf(readers).sort());
    expect(untouched.every(({ reason }) => reason.includes('its transaction writes'))).toBe(true);
    await stage.owner.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) pid', [
      started.map(({ pid }) => pid),
    ]);
    await Promise.all(started.map(({ answer }) => answer));
  });

  test('one that ignores a cancel is terminated, one that ignores both is told', async () => {
    await stage.owner.query(/* sql */ `CREATE OR REPLACE FUNCTION stubborn() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
      LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN END; END LOOP; END $$`);
    const clients = await Promise.all([1, 2, 3, 4].map(() => stage.as('stranger')));
    const pids = await Promise.all(clients.map(pidOf));
    const [frozen = 0] = pids;
    const ends = clients.map((client) =>
      client.query(`SELECT stubborn(), 'ada@menotime.example'`).catch((error: Error) => error.message),
    );
    for (const pid of pids) await untilOver(pid);
    process.kill(frozen, 'SIGSTOP');
    try {
      const patience = { cancelMs: 600, terminateMs: 600 };
      const { outcomes } = await stage.reach.connect((client) => endSessions(client, both, patience));
      const endOf = (pid: number) =>
        outcomes.find(({ target }) => target.startsWith(`session ${pid} `))?.ended;
      expect(pids.map(endOf)).toEqual(['did not heed it', 'terminated', 'terminated', 'terminated']);
      expect(JSON.stringify(outcomes)).not.toContain('ada@');
      expect(failureOfEnds({ outcomes, untouched: [] })).toMatch(
        new RegExp(
          `^Not every session could be ended:\nsession ${frozen} .*has not heeded pg_terminate_backend`,
        ),
      );
    } finally {
      process.kill(frozen, 'SIGCONT');
    }
    await Promise.all(ends);
  });

  test('a walsender that runs a SELECT is not touched', async () => {
    await stage.owner.query(`CREATE ROLE replica LOGIN REPLICATION PASSWORD 'replica-secret'`);
    const replica = new Client({
      ...stage.cluster.config('tidy'),
      ...{ user: 'replica', password: 'replica-secret', replication: 'database' },
    } as ClientConfig);
    replica.on('error', () => undefined);
    await replica.connect();
    const { rows } = await replica.query('SELECT pg_backend_pid() AS pid');
    const pid = Number(rows[0]?.pid);
    const sleeping = replica.query('SELECT pg_sleep(600)').catch((error: Error) => error.message);
    await eventually(async () => {
      const seen = await stage.owner.query(
        `SELECT FROM pg_stat_activity WHERE pid = $1 AND backend_type = 'walsender' AND state = 'active'
           AND query_start < clock_timestamp() - interval '0.2 s'`,
        [pid],
      );
      return seen.rows.length === 1 ? true : undefined;
    });
    const seen = await over();
    expect(seen.map((session) => session.pid)).not.toContain(pid);
    await stage.owner.query('SELECT pg_terminate_backend($1)', [pid]);
    await sleeping;
    await replica.end().catch(() => undefined);
  });

  test('what somebody typed is no command; the word of one is all that is shown without pg_stat_statements', async () => {
    const idler = await stage.as('stranger');
    const pid = await pidOf(idler);
    await idler.query('BEGIN');
    await idler.query('Lovelace ada@menotime.example').catch(() => undefined);
    await untilOver(pid);
    const { actions } = await stage.reach.connect((client) => planEnding(client, both));
    expect(actions.map(({ session }) => session.command)).toEqual(['?']);
    expect(JSON.stringify(actions)).not.toMatch(/lovelace|ada@/i);
    await idler.query('ROLLBACK');
  });

  test('without the privilege to see what others do, nobody is said to be within the limits', async () => {
    await stage.owner.query('REVOKE pg_monitor FROM nightshift');
    await expect(stage.reach.connect((client) => planEnding(client, both))).rejects.toThrow(
      /GRANT pg_monitor TO nightshift;/,
    );
    await stage.owner.query('GRANT pg_monitor TO nightshift');
  });

  test('where the connection breaks after the signal, the run says that it does not know the end', async () => {
    const reader = await stage.as('stranger');
    const pid = await pidOf(reader);
    const reading = reader.query('SELECT pg_sleep(600)').catch((error: Error) => error.message);
    await untilOver(pid);
    const found = await stage.reach.connect((client) => readSessions(client, both));
    // The first two statements clear the snapshot and cancel.
    const killed = killedAt(stage.reach.connect, 3, 'before');
    const ends = await killed.connect((client) =>
      endEach(client, found, { cancelMs: 500, terminateMs: 500 }),
    );
    expect(ends).toEqual(['not known']);
    expect(await reading).toMatch(/canceling statement/);
  });
});
