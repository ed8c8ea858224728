import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, type ClientConfig } from 'pg';
import { lookAtSessions, quietSeconds } from '../../../../functions/matview-refresh/sessions.ts';
import { type RestartableCluster, startRestartableCluster } from '../../../support/restartable-cluster.ts';

describe.each([15, 18] as const)('on Postgres %i', (major) => {
  let cluster: RestartableCluster;
  let client: Client;

  const connected = async (config: ClientConfig = {}) => {
    const other = new Client({ ...cluster.config('clinic'), application_name: 'app', ...config });
    other.on('error', () => undefined);
    await other.connect();
    return other;
  };
  /** Ends a session, and waits until it is gone. */
  const leave = async (other: Client) => {
    await other.end();
    for (let looks = 0; looks < 200 && (await seen()).length > 0; looks += 1)
      await client.query('SELECT pg_sleep(0.05)');
  };
  const seen = async () => (await lookAtSessions(client, quietSeconds)).sessions;

  beforeAll(async () => {
    cluster = await startRestartableCluster(major, { wal_level: 'logical', autovacuum: 'off' });
    await cluster.createDatabase('clinic');
    client = await connected();
  });
  afterAll(async () => {
    await client?.end();
    await cluster?.stop();
  });

  test('leaves out our own session, and those of other databases', async () => {
    const elsewhere = await connected({ database: 'postgres' });
    expect(await seen()).toEqual([]);
    await elsewhere.end();
  });

  test.each([
    ['has just become idle', 'SELECT 1', 'idle'],
    ['is in a transaction', 'BEGIN', 'idle in transaction'],
    ['hides what it does', 'SET track_activities = off', 'disabled'],
  ])('sees one that %s', async (_, statement, state) => {
    const other = await connected();
    await other.query(statement);
    expect(await seen()).toMatchObject([
      { applicationName: 'app', kind: 'client backend', state, isStreaming: false },
    ]);
    await other.end();
    while ((await seen()).length > 0) await client.query('SELECT pg_sleep(0.05)');
  });

  test('leaves out a refresh of ours, which has committed nothing yet, and nobody who merely has its name', async () => {
    const other = await connected({ application_name: 'nightshift matview-refresh 0123456789abcdef' });
    await other.query('BEGIN; SELECT pg_advisory_xact_lock(1)');
    expect(await seen()).toMatchObject([{ state: 'idle in transaction' }]);
    await other.query('SELECT txid_current()');
    expect(await seen()).toEqual([]);
    await other.query(`SET LOCAL application_name = 'nightshift matview-refresh-pooled 0123456789abcdef'`);
    expect(await seen()).toHaveLength(1);
    await other.query('COMMIT');
    expect(await seen()).toMatchObject([{ state: 'idle' }]);
    await client.query(`CREATE ROLE stranger LOGIN PASSWORD 'stranger' IN ROLE pg_monitor`);
    await leave(other);
    const stranger = await connected({
      user: 'stranger',
      password: 'stranger',
      application_name: 'nightshift matview-refresh 0123456789abcdef',
    });
    await stranger.query('BEGIN; SELECT txid_current()');
    expect(await seen()).toMatchObject([{ state: 'idle in transaction' }]);
    await leave(stranger);
  });

  test('leaves out whoever helps another session, since it writes no rows', async () => {
    const other = await connected();
    await other.query(`SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
      CREATE TABLE many AS SELECT n FROM generate_series(1, 5000) AS n;
      CREATE FUNCTION slowly(n integer) RETURNS boolean PARALLEL SAFE VOLATILE LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.01); RETURN true; END $$`);
    const counted = other.query('SELECT count(*) FROM many WHERE slowly(n)').catch(() => 'ended');
    const workers = `SELECT pid FROM pg_stat_activity WHERE backend_type = 'parallel worker'`;
    while ((await client.query(workers)).rowCount === 0) await client.query('SELECT pg_sleep(0.02)');
    const kinds = (await seen()).map(({ kind }) => kind);
    expect((await client.query(workers)).rowCount).toBeGreaterThan(0);
    await client.query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT count%'`,
    );
    expect(await counted).toBe('ended');
    expect(kinds).toEqual(['client backend']);
    await leave(other);
  });

  test('knows who streams changes, and since when, from who runs SQL over such a connection', async () => {
    await client.query(`CREATE PUBLICATION everything FOR ALL TABLES`);
    await client.query(`SELECT pg_create_logical_replication_slot('consumer', 'pgoutput')`);
    const consumer = await connected({ replication: 'database' } as ClientConfig);
    await consumer.query('CREATE TABLE written (id integer)');
    expect(await seen()).toMatchObject([{ kind: 'walsender', state: 'idle', isStreaming: false }]);
    consumer
      .query(
        `START_REPLICATION SLOT consumer LOGICAL 0/0 (proto_version '1', publication_names 'everything')`,
      )
      .catch(() => undefined);
    let sessions = await seen();
    while (sessions[0]?.state !== 'active') sessions = await seen();
    expect(sessions).toMatchObject([
      { kind: 'walsender', isStreaming: true, since: expect.stringMatching(/^20.*Z$/) },
    ]);
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'walsender'`,
    );
    await consumer.end().catch(() => undefined);
  });
});
