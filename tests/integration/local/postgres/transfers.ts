import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

/** A client that moves 1 from account 1 to account 2 in numbered transactions, until it is stopped. */
export interface Transfers {
  committed(): number;
  reached(count: number): Promise<void>;
  /** Resolves to the number of committed transfers. */
  stop(): Promise<number>;
}

/** Every transaction writes three rows: the sum of balances never changes, and the numbers have no gap. */
export async function startTransfers(connection: ClientConfig): Promise<Transfers> {
  const client = new Client(connection);
  await client.connect();
  await client.query(/* sql */ `
    CREATE TABLE account (id int PRIMARY KEY, balance numeric NOT NULL);
    INSERT INTO account VALUES (1, 1000000), (2, 0);
    CREATE TABLE transfer (n int PRIMARY KEY, filler text NOT NULL);`);
  let committed = 0;
  let stopping = false;
  const writing = (async () => {
    while (!stopping) {
      const n = committed + 1;
      await client.query(/* sql */ `
        BEGIN;
        INSERT INTO transfer VALUES (${n}, repeat(md5('${n}'), 20));
        UPDATE account SET balance = balance - 1 WHERE id = 1;
        UPDATE account SET balance = balance + 1 WHERE id = 2;
        COMMIT`);
      committed = n;
    }
    await client.end();
  })();
  return {
    committed: () => committed,
    reached: async (count) => {
      while (committed < count) await Promise.race([sleep(5), writing]);
    },
    stop: async () => {
      stopping = true;
      await writing;
      return committed;
    },
  };
}
