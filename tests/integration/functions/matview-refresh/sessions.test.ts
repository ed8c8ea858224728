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
