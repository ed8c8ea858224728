import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

/** Sessions that wait for rows which another holds, its transaction left open: connections pile up. */
export interface BlockedSessions {
  /** Of the server, as RDS counts them. */
  readonly connections: number;
  /** Ends the transaction that all wait for, and every session. Changes no row; may be called again. */
  release(): Promise<void>;
}

const table = 'public.appointments';
const patienceSeconds = 30;

/** Resolves once so many wait, as the application's sessions would. */
export async function blockSessions(connection: ClientConfig, waiting: number): Promise<BlockedSessions> {
  const clients: Client[] = [];
  const connect = async () => {
    const client = new Client({ ...connection, application_name: 'clinic' });
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    return client;
  };
  const holder = await connect();
  const finish = async (): Promise<void> => {
    await Promise.allSettled(clients.map((client) => client.end()));
  };
  try {
    await holder.query('BEGIN');
    const { rows } = await holder.query<{ id: number }>(
      `SELECT id FROM ${table} ORDER BY id LIMIT ${waiting} FOR UPDATE`,
    );
    // As the application has done before: pg_stat_statements knows what has come to an end once.
    for (const { id } of rows.slice(0, 1)) await holder.query(confirm(id));
    const updates = await Promise.all(
      rows.map(async ({ id }) => {
        const client = await connect();
        await client.query('BEGIN');
        // Not awaited: it waits for the holder.
        return { client, update: client.query(confirm(id)) };
      }),
    );
    const connections = await untilWaiting(holder, waiting);
    const releaseAll = async () => {
      const ended = updates.map(({ client, update }) => update.then(() => client.query('ROLLBACK')));
      await holder.query('ROLLBACK');
      await Promise.all(ended);
      await finish();
    };
    let releasing: Promise<void> | undefined;
    return {
      connections,
      release: () => {
        releasing ??= releaseAll();
        return releasing;
      },
    };
  } catch (error) {
    await finish();
    throw error;
  }
}

const confirm = (id: number) => `UPDATE ${table} SET status = 'confirmed' WHERE id = ${Number(id)}`;

/** All that are connected, once so many of them wait for a lock. */
async function untilWaiting(client: Client, waiting: number): Promise<number> {
  for (const until = Date.now() + patienceSeconds * 1_000; Date.now() < until; await sleep(50)) {
    const { rows } = await client.query<{ waiting: number; all: number }>(
      `SELECT count(*)::int AS all, (count(*) FILTER (WHERE wait_event_type = 'Lock'))::int AS waiting
         FROM pg_stat_activity WHERE backend_type = 'client backend'`,
    );
    const [found] = rows;
    if (found && found.waiting >= waiting) return found.all;
  }
  throw new Error(`Not all of ${waiting} sessions came to wait within ${patienceSeconds} s.`);
}
