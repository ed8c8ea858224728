import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { readDoings } from '../../../../functions/alarm-context/read.ts';
import { commandsFor } from '../../../../functions/alarm-fanout/context/commands.ts';
import { alert } from '../../../support/alarm-fixtures.ts';
import { eventually } from '../../../support/detached-stage.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

describe.each([15, 18] as const)('on Postgres %d', (major) => {
  let cluster: EmbeddedCluster;
  const clients: Client[] = [];

  async function connect(): Promise<Client> {
    const client = new Client(cluster.config('clinic'));
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  }

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(major);
    await cluster.createDatabase('clinic');
    const owner = await connect();
    await owner.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    await owner.query('CREATE TABLE patients (id int PRIMARY KEY, name text)');
    await owner.query(`INSERT INTO patients VALUES (1, 'Ada Lovelace')`);
  });
  afterAll(async () => {
    for (const client of clients) await client.end();
    await cluster.stop();
  });

  test('who waits for whom, what runs, and how many there are; and no literal of it', async () => {
    const [holder, waiter, asking] = [await connect(), await connect(), await connect()];
    const named = `UPDATE patients SET name = 'Ada King' WHERE name = 'Ada Lovelace'`;
    // Its normalised text is known from a run before.
    await holder.query(named);
    await holder.query(`UPDATE patients SET name = 'Ada Lovelace' WHERE name = 'Ada King'`);
    await holder.query('BEGIN');
    await holder.query(`UPDATE patients SET name = 'Ada Byron' WHERE id = 1`);
    const waiting = waiter.query(named);
    const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const doings = await eventually(async () => {
      const found = await readDoings(asking);
      // Each look is a moment of its own, and since when one waits is known a moment later than that it does.
      const waits = found.locks.some((line) => / waits \d+ s for /.test(line));
      return waits && found.statements.length > 0 ? found : undefined;
    });
    expect(doings.locks).toEqual([
      expect.stringMatching(
        new RegExp(
          `^${rows[0]?.pid} waits for nobody, and others for it: idle in transaction, its transaction open for \\d+ s, role \\w+$`,
        ),
      ),
      expect.stringMatching(new RegExp(`^\\d+ waits \\d+ s for ${rows[0]?.pid} \\(transactionid\\)$`)),
    ]);
    expect(doings.statements).toEqual([
      {
        text: 'UPDATE patients SET name = $1 WHERE name = $2',
        seconds: expect.any(Number),
        state: 'waits for Lock',
      },
    ]);
    expect(doings.connections).toMatchObject({ active: 1, 'idle in transaction': 1 });
    expect(doings.maxConnections).toBeGreaterThan(0);
    expect(doings.longestTransactionSeconds).not.toBeNull();
    expect(JSON.stringify(doings)).not.toMatch(/Ada|King|Lovelace|Byron/);
    await holder.query('ROLLBACK');
    await waiting;
  });

  test('a statement that pg_stat_statements does not know is its word alone', async () => {
    const [busy, asking] = [await connect(), await connect()];
    const sleeping = busy.query(`/* Ada */ SELECT pg_sleep(2), 'Ada Lovelace'`);
    const doings = await eventually(async () => {
      const found = await readDoings(asking);
      return found.statements.length > 0 ? found : undefined;
    });
    expect(doings.statements[0]?.text).toBe('SELECT');
    expect(JSON.stringify(doings)).not.toMatch(/Ada/);
    await sleeping;
  });

  test('of a statement that pg_stat_statements keeps as it was typed, its word alone is said', async () => {
    const [busy, asking] = [await connect(), await connect()];
    const typed = `DO $$ BEGIN PERFORM pg_sleep(1), 'Ada Lovelace'; END $$`;
    // It is kept there once it has ended.
    await busy.query(typed);
    const again = busy.query(typed);
    const doings = await eventually(async () => {
      const found = await readDoings(asking);
      return found.statements.length > 0 ? found : undefined;
    });
    expect(doings.statements[0]?.text).toBe('DO');
    expect(JSON.stringify(doings)).not.toMatch(/Ada/);
    await again;
  });

  const metrics = [
    'DatabaseConnections',
    'CPUUtilization',
    'FreeStorageSpace',
    'ReplicaLag',
    'TransactionLogsDiskUsage',
    'MaximumUsedTransactionIDs',
  ];

  test.each(metrics)('the queries that a page about %s gives can be run', async (name) => {
    const metric = {
      namespace: 'AWS/RDS',
      name,
      dimensions: {},
      statistic: 'Average',
      periodSeconds: 300,
      value: 1,
      threshold: 0,
    };
    const commands = commandsFor({ ...alert, metric });
    expect(commands.length).toBeGreaterThan(0);
    const asking = await connect();
    for (const { text } of commands.filter((one) => one.text.startsWith('SELECT')))
      expect((await asking.query(text)).command).toBe('SELECT');
  });
});

test('a call names the instance', () => {
  const metric = {
    namespace: 'AWS/RDS',
    name: 'FreeStorageSpace',
    dimensions: {},
    statistic: 'Average',
    periodSeconds: 300,
    value: 1,
    threshold: 0,
  };
  expect(JSON.stringify(commandsFor({ ...alert, metric }))).toContain(
    '--db-instance-identifier menotime-prod ',
  );
});
