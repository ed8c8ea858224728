import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { ConfigError, PostgresError, PreconditionError } from '../../../../shared/job/errors.ts';
import { type ConnectOptions, withConnection } from '../../../../shared/postgres/connect.ts';
import { postgresError } from '../../../../shared/postgres/errors.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';
import { jobConnection } from '../../../support/job-connection.ts';

let cluster: EmbeddedCluster;
let folder: string;
let options: ConnectOptions;
let owner: Client;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  options = await jobConnection(cluster, 'postgres', folder);
  owner = new Client(cluster.config('postgres'));
  await owner.connect();
  await owner.query(/* sql */ `
    CREATE TABLE people (id integer PRIMARY KEY, email text UNIQUE);
    INSERT INTO people VALUES (1, 'ada@menotime.example'), (2, 'bob@menotime.example');
    ALTER TABLE people ENABLE ROW LEVEL SECURITY;
    CREATE POLICY first_only ON people USING (id = 1);
    CREATE ROLE reader LOGIN PASSWORD 'reader-secret'; GRANT SELECT ON people TO reader;
    CREATE ROLE passer LOGIN PASSWORD 'passer-secret' BYPASSRLS; GRANT SELECT ON people TO passer;
    CREATE FUNCTION tell() RETURNS void LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'ada@menotime.example may not' USING DETAIL = 'bob@menotime.example'; END $$`);
});

afterAll(async () => {
  await owner.end();
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
});

const ask = (sql: string, changes: Partial<ConnectOptions> = {}) =>
  withConnection({ ...options, ...changes }, async (client) => (await client.query(sql)).rows);
const as = (user: string) => ({ credentials: { user, password: `${user}-secret` } });
const timeouts = (more: object) => ({ database: { ...options.database, ...more } });

async function failure(work: Promise<unknown>): Promise<PostgresError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PostgresError);
  return error as PostgresError;
}

test('a connection is encrypted, named, and set so that it neither hides rows nor waits for ever', async () => {
  const applicationName = `nightshift snapshot-export ${'x'.repeat(80)}`;
  const settings = /* sql */ `
    SELECT current_setting('row_security') AS rows, current_setting('statement_timeout') AS statement,
      current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle,
      current_setting('TimeZone') AS zone, current_setting('application_name') AS name,
      (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) AS ssl`;
  expect(await ask(settings, { applicationName })).toEqual([
    {
      rows: 'off',
      statement: '5min',
      lock: '5s',
      idle: '1min',
      zone: 'UTC',
      name: applicationName.slice(0, 63),
      ssl: true,
    },
  ]);
});

describe('limits are applied', () => {
  test('to a statement, also in fractions of a second; the same again would take as long', async () => {
    const error = await failure(ask('SELECT pg_sleep(30)', timeouts({ statementTimeoutSeconds: 0.2 })));
    expect(error.message).toMatch(/^Work in postgres on 127\.0\.0\.1:\d+ failed: .*57014 query_canceled/);
    expect(error.transient).toBe(false);
  });

  test('to a lock, which may be free the next time', async () => {
    await owner.query('BEGIN; LOCK TABLE people');
    try {
      const error = await failure(ask('SELECT FROM people', { lockTimeoutSeconds: 0.2 }));
      expect(error.message).toContain('55P03 lock_not_available');
      expect(error.transient).toBe(true);
    } finally {
      await owner.query('ROLLBACK');
    }
  });
});

describe('row-level security', () => {
  test('raises instead of hiding rows', async () => {
    const error = await failure(ask('SELECT FROM people', as('reader')));
    expect(error.message).toMatch(/42501 insufficient_privilege: .*row-level security/);
    expect(error.transient).toBe(false);
  });

  test('is passed by a role that may', async () => {
    expect(await ask('SELECT id FROM people', as('passer'))).toHaveLength(2);
  });
});

describe('an error', () => {
  test.each([
    ['of a key that exists', "INSERT INTO people VALUES (3, 'ada@menotime.example')", '23505'],
    ['of a value that does not fit', "SELECT 'ada@menotime.example'::integer", '22P02'],
    ['that the user’s own function raises', 'SELECT tell()', 'P0001'],
  ])('%s quotes no row', async (_what, sql, code) => {
    const error = await failure(ask(sql));
    expect(error.message).toContain(`Postgres answered ${code}`);
    expect(JSON.stringify([error, error.message, error.stack, error.cause])).not.toContain(
      'menotime.example',
    );
  });

  test('of a refused password does not tell it', async () => {
    const password = 'correct horse battery';
    const error = await failure(ask('SELECT 1', { credentials: { user: 'reader', password } }));
    expect(error.message).toContain('28P01 invalid_password');
    expect(error.transient).toBe(false);
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain(password);
  });

  test('of an ended session is worth another try', async () => {
    const work = withConnection(options, async (client) => {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      return Promise.all([
        client.query('SELECT pg_sleep(30)'),
        owner.query('SELECT pg_terminate_backend($1)', [rows[0].pid]),
      ]);
    });
    expect((await failure(work)).transient).toBe(true);
  });

  test('of a session that ended while nothing was asked comes with the next query', async () => {
    const work = withConnection(options, async (client) => {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      const ended = new Promise((resolve) => client.once('end', resolve));
      await owner.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
      await ended;
      return client.query('SELECT 1');
    });
    expect((await failure(work)).transient).toBe(true);
  });

  test('of a server that no longer answers is worth another try', async () => {
    const client = new Client({ ...cluster.config('postgres'), query_timeout: 100 });
    await client.connect();
    const error = await client.query('SELECT pg_sleep(2)').catch((thrown: unknown) => thrown);
    await client.end();
    expect(postgresError('Work', error)).toMatchObject({
      transient: true,
      message: 'Work failed: Query read timeout',
    });
  });

  test('of Nightshift’s own passes as it is', async () => {
    const own = new PreconditionError('x');
    await expect(withConnection(options, () => Promise.reject(own))).rejects.toBe(own);
  });

  test('of an unknown database is final', async () => {
    const error = await failure(ask('SELECT 1', timeouts({ databaseName: 'nowhere' })));
    expect(error).toMatchObject({ transient: false, message: expect.stringContaining('3D000') });
  });

  test('of a missing file with authorities names the file', async () => {
    const asking = ask('SELECT 1', { caFile: '/nowhere/ca.pem' });
    await expect(asking).rejects.toThrow(ConfigError);
    await expect(asking).rejects.toThrow(/certificate authorities in \/nowhere\/ca\.pem/);
  });
});

test('no connection is left open, whether the work ended well or badly', async () => {
  const applicationName = 'nightshift counted';
  await ask('SELECT 1', { applicationName });
  await failure(ask('SELECT 1/0', { applicationName }));
  // The server notices a moment later that its client has gone.
  const open = async () =>
    (await owner.query('SELECT FROM pg_stat_activity WHERE application_name = $1', [applicationName]))
      .rowCount;
  for (let looks = 0; looks < 100 && (await open()) !== 0; looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await open()).toBe(0);
});
