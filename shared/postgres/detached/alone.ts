import type { Client } from 'pg';
import { ConfigError } from '../../job/errors.ts';
import { type ConnectOptions, withClient } from '../connect-client.ts';
import { applySettings, liftTransactionLimit } from '../settings.ts';
import { preparing, sendAndListen } from './listen.ts';
import { takeLock } from './lock.ts';
import { refuseLostName } from './name.ts';
import { type DetachedLimits, detachedSettings } from './settings.ts';

/** A statement that cannot run in a transaction, as VACUUM and REINDEX CONCURRENTLY: known later by its effect. */
export interface DetachedStatement {
  readonly name: string;
  /** What no two sessions may work on at once; left out, the name. */
  readonly lock?: string;
  readonly limits: DetachedLimits;
  /** Statements of the same session before the long one, under its lock. */
  readonly prepare?: (client: Client) => Promise<void>;
  readonly statement: string;
}

/** As `runDetached`, in a session of its own: a pooler is refused by ConfigError. */
export async function runDetachedAlone(
  options: ConnectOptions,
  { name, lock = name, limits, prepare, statement }: DetachedStatement,
  until: number,
): Promise<'ended' | 'running'> {
  refuseLostName(name);
  if (options.pooled)
    throw new ConfigError(`“${name}” needs a session of its own: it cannot go through a pooler.`);
  return withClient(options, preparing(options), async (client) => {
    await applySettings(client, detachedSettings(limits), 'session');
    await liftTransactionLimit(client);
    await takeLock(client, lock, 'session');
    await applySettings(client, { application_name: name }, 'session');
    await prepare?.(client);
    const end = await sendAndListen(client, statement, until);
    return end === 'running' ? end : 'ended';
  });
}
