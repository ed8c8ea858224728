import { Client, type ClientConfig } from 'pg';

export interface Writers {
  /** Ends the sessions, so that the server has counted everything that they wrote. */
  stop(): Promise<void>;
}

/** Each goes on inserting and deleting in these tables (with an `id` and a `note`), and rolls back every third time. */
export async function startWriters(
  config: ClientConfig,
  tables: readonly string[],
  count: number,
): Promise<Writers> {
  const name = `writers ${Math.random()}`;
  const running = { on: true };
  const work = await Promise.all(
    Array.from({ length: count }, async () => {
      const client = new Client({ ...config, application_name: name });
      await client.connect();
      return { client, done: write(client, tables, running) };
    }),
  );
  return {
    stop: async () => {
      running.on = false;
      for (const { done } of work) await done;
      for (const { client } of work) await client.end();
      await gone(config, name);
    },
  };
}

async function write(client: Client, tables: readonly string[], running: { on: boolean }): Promise<void> {
  for (let round = 0; running.on; round += 1) {
    await client.query('BEGIN');
    for (const table of tables) {
      const inserts = Math.floor(Math.random() * 20);
      const deletes = Math.floor(Math.random() * 20);
      await client.query(
        `INSERT INTO ${table} SELECT (random() * 1000)::int, 'x' FROM generate_series(1, ${inserts})`,
      );
      await client.query(
        `DELETE FROM ${table} WHERE ctid IN (SELECT ctid FROM ${table} LIMIT ${deletes} FOR UPDATE SKIP LOCKED)`,
      );
    }
    await client.query(round % 3 === 2 ? 'ROLLBACK' : 'COMMIT');
  }
}

/** A session reports what it counted before it disappears from the list. */
async function gone(config: ClientConfig, name: string): Promise<void> {
  const client = new Client(config);
  await client.connect();
  try {
    for (;;) {
      const { rowCount } = await client.query('SELECT FROM pg_stat_activity WHERE application_name = $1', [
        name,
      ]);
      if (rowCount === 0) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } finally {
    await client.end();
  }
}
