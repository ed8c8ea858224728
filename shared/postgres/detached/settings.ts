import type { Settings } from '../settings.ts';

export interface DetachedLimits {
  /** How long a lock is waited for. */
  readonly lockMs: number;
  /** The server ends the long statement after this, also without us. */
  readonly statementSeconds: number;
}

export function detachedSettings({ lockMs, statementSeconds }: DetachedLimits): Settings {
  return {
    // The server must not look whether we are still there, and must have nothing to tell us in the middle: a message
    // that it cannot deliver ends the session.
    client_connection_check_interval: '0',
    client_min_messages: 'error',
    row_security: 'off',
    lock_timeout: atLeastOne(lockMs),
    statement_timeout: atLeastOne(statementSeconds * 1_000),
    // Until the last message is sent, which is the only rest that a transaction has.
    idle_in_transaction_session_timeout: '60s',
    timezone: 'UTC',
    datestyle: 'ISO,YMD',
  };
}

/** Milliseconds; 0 would be no limit at all. */
function atLeastOne(milliseconds: number): string {
  return `${Math.max(1, Math.round(milliseconds))}ms`;
}
