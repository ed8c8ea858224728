import type { Client } from 'pg';
import { PostgresError, PreconditionError } from '../../job/errors.ts';
import { type ConnectOptions, withClient } from '../connect-client.ts';
import { applySettings, beginWith } from '../settings.ts';
import { preparing, sendAndListen } from './listen.ts';
import { takeLock } from './lock.ts';
import { refuseLostName } from './name.ts';
import { type DetachedLimits, detachedSettings } from './settings.ts';

/** Work of one transaction that ends well without us. */
export interface DetachedTransaction {
  /** From `detachedName`: the transaction's `application_name` once it holds its lock. */
  readonly name: string;
  /** What no two sessions may work on at once; left out, the name. */
  readonly lock?: string;
  readonly limits: DetachedLimits;
  /** Bound statements inside of the transaction, before the long one. */
  readonly prepare: (client: Client) => Promise<void>;
  /** The last message without BEGIN and COMMIT: statements that answer no rows. */
  readonly text: readonly string[];
}

/**
 * Begins the transaction and listens until its end, or until the epoch milliseconds `until`, a second at least:
 * `running` has been sent, and its end is to be looked up later (nobody listens any more, or the connection broke).
 * Throws AlreadyRunningError where another session works on it, and PostgresError with the `sqlState` of what failed.
 */
export async function runDetached(
  options: ConnectOptions,
  transaction: DetachedTransaction,
  until: number,
): Promise<'committed' | 'running'> {
  const { name, lock = name, limits, prepare } = transaction;
  refuseLostName(name);
  const message = [...transaction.text, 'COMMIT'].join('\n;\n');
  return withClient(options, preparing(options), async (client) => {
    // A trigger on logins may have written: what this session did before is counted before its work begins.
    if (!options.pooled) await client.query('SELECT pg_stat_force_next_flush()');
    await beginWith(client, detachedSettings(limits));
    await takeLock(client, lock, 'transaction');
    // Named only now: whoever bears the name holds the lock.
    await applySettings(client, { application_name: name }, 'transaction');
    await prepare(client);
    refuseEndedTransaction(client, name);
    const end = await sendAndListen(client, message, until);
    if (end === 'running') return end;
    if (end === 'COMMIT') return 'committed';
    // Postgres answers ROLLBACK, and no error, where it undid what was to be committed.
    throw new PostgresError(`“${name}” was to be committed, and Postgres answered ${end}.`);
  });
}

/** Outside of a transaction the settings are gone, and the long statement would commit without its row. */
function refuseEndedTransaction(client: Client, name: string): void {
  if (client.getTransactionStatus() === 'T') return;
  throw new PreconditionError(`What prepares “${name}” ended its transaction, or failed in it unsaid.`);
}
