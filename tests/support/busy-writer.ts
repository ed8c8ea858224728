import { Client, type ClientConfig } from 'pg';

export const rowsOfBatch = 10;

/** A client that goes on writing: each transaction adds a batch of ten rows, and now and then takes an old one away. */
export async function startBusyWriter(connection: ClientConfig) {
  const client = new Client(connection);
  await client.connect();
  await client.query(`
    CREATE TABLE public.moving (id bigserial PRIMARY KEY, batch int NOT NULL, note text NOT NULL);
    GRANT SELECT ON public.moving TO PUBLIC`);
  const state = { running: true, batches: 0 };
  const work = (async () => {
    while (state.running) {
      state.batches += 1;
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO public.moving (batch, note) SELECT $1, 'row ' || n FROM generate_series(1, $2::int) n`,
        [state.batches, rowsOfBatch],
      );
      if (state.batches % 5 === 0) {
        await client.query('DELETE FROM public.moving WHERE batch = $1', [state.batches - 3]);
      }
      await client.query('COMMIT');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return {
    /** Ends the writing, and answers how many batches were written in all. */
    async stop(): Promise<number> {
      state.running = false;
      await work;
      await client.end();
      return state.batches;
    },
  };
}
