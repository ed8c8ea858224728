import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../../support/embedded-cluster.ts';

interface Section {
  readonly title: string;
  readonly statements: readonly string[];
}

/** The statements of a runbook as people copy them, by section; those that have none are left out. */
async function readSections(): Promise<Section[]> {
  const text = await readFile('docs/runbooks/database-alarms.md', 'utf8');
  return text
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      title: section.split('\n')[0] ?? '',
      statements: [...section.matchAll(/^```sql\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
        block.split(/;$/m).flatMap((statement) => statement.trim() || []),
      ),
    }))
    .filter(({ statements }) => statements.length > 0);
}

const sections = await readSections();
const statementsOf = (title: string) => sections.find((section) => section.title === title)?.statements ?? [];

test('there is a query for each of the troubles that have one', () => {
  expect(sections.map(({ title }) => title)).toEqual([
    'connections',
    'cpu',
    'Slow queries',
    'Locks',
    'memory',
    'read-latency',
    'write-latency',
    'free-storage',
    'replication-slots',
    'replica-lag',
    'transaction-ids',
  ]);
});

describe.each([15, 18] as const)('on Postgres %i, with the rights that the runbook asks for', (major) => {
  let cluster: EmbeddedCluster;
  const opened: Client[] = [];

  beforeAll(async () => {
    cluster = await startEmbeddedCluster(major);
    const owner = await connect();
    await owner.query('CREATE EXTENSION pg_stat_statements');
    await owner.query('CREATE TABLE shop (id int PRIMARY KEY, name text)');
    await owner.query(`SELECT pg_create_physical_replication_slot('left_behind', true)`);
    await owner.query('CREATE ROLE watcher IN ROLE pg_monitor');
  });
  afterAll(async () => {
    for (const client of opened) await client.end();
    await cluster?.stop();
  });

  async function connect(role?: string): Promise<Client> {
    const client = new Client(cluster.config('postgres'));
    await client.connect();
    opened.push(client);
    if (role) await client.query(`SET ROLE ${role}`);
    return client;
  }

  test.each(sections)('the queries about $title are answered', async ({ statements }) => {
    const watcher = await connect('watcher');
    for (const statement of statements) {
      const { rows } = await watcher.query(statement).catch((error: Error) => {
        throw new Error(`${error.message} in:\n${statement}`);
      });
      expect(Array.isArray(rows)).toBe(true);
    }
  });

  test('who blocks whom is found, and who is idle in a transaction meanwhile', async () => {
    const [blocker, waiter, watcher] = [await connect(), await connect(), await connect('watcher')];
    const pidOf = async (client: Client) =>
      (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
    const [blocking, waiting] = [await pidOf(blocker), await pidOf(waiter)];
    await blocker.query('BEGIN; LOCK TABLE shop');
    const waits = waiter.query('SELECT count(*) FROM shop');
    const [whoWaits = '', whoBlocks = ''] = statementsOf('Locks');
    let found: unknown[] = [];
    while (found.length === 0) found = (await watcher.query(whoWaits)).rows;
    expect(found).toEqual([
      expect.objectContaining({ pid: waiting, blocked_by: [blocking], table_name: 'shop' }),
    ]);
    const { rows: roots } = await watcher.query(whoBlocks);
    expect(roots).toEqual([expect.objectContaining({ pid: blocking, state: 'idle in transaction' })]);
    const { rows: idle } = await watcher.query(statementsOf('connections')[2] ?? '');
    expect(idle).toEqual([expect.objectContaining({ pid: blocking })]);
    await blocker.query('ROLLBACK');
    await waits;
  });

  test('the slot that nobody reads is found, with what it holds back', async () => {
    const watcher = await connect('watcher');
    const { rows } = await watcher.query(statementsOf('replication-slots')[0] ?? '');
    expect(rows).toEqual([
      expect.objectContaining({ slot_name: 'left_behind', active: false, held: expect.any(String) }),
    ]);
  });
});
