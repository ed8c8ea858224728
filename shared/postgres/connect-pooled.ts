import type { Client } from 'pg';
import { PreconditionError } from '../job/errors.ts';
import { beginWith, type Settings } from './settings.ts';

/**
 * Behind a pooler in transaction mode a session lasts as long as a transaction, and so do its settings: all of `use`
 * is one, READ COMMITTED. It must not begin or end one of its own, nor go on after a statement that failed.
 */
export async function inPooledTransaction<T>(
  client: Client,
  settings: Settings,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  await beginWith(client, settings);
  const result = await use(client);
  await refuseOtherTransaction(client);
  await client.query('COMMIT');
  return result;
}

/** Work that ends the transaction ends its settings as well, and would go on where row-level security hides rows. */
async function refuseOtherTransaction(client: Client): Promise<void> {
  const { rows } = await client.query<{ row_security: string }>('SHOW row_security');
  if (client.getTransactionStatus() === 'T' && rows[0]?.row_security === 'off') return;
  throw new PreconditionError(
    'The work ended the transaction that it was given, and with it "row_security = off": behind a pooler all of it must be one transaction.',
  );
}
