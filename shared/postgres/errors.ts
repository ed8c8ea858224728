import { NightshiftError, PostgresError } from '../job/errors.ts';
import { describeSqlState, isRetryable, sqlStateOf } from './sqlstate.ts';

/**
 * What Postgres answered, fit for a log: its SQLSTATE and primary message. `detail`, `where` and `hint` are dropped,
 * since they quote rows; so is the original error, which holds them.
 */
export function postgresError(doing: string, error: unknown): NightshiftError {
  if (error instanceof NightshiftError) return error;
  const code = sqlStateOf(error);
  const words = error instanceof Error ? error.message : String(error);
  const answer = code
    ? `Postgres answered ${describeSqlState(code)}: ${safeWords(code, words, error)}`
    : words;
  return new PostgresError(`${doing} failed: ${answer}`, {
    transient: isRetryable(error) || isBrokenConnection(error),
    ...(code ? { sqlState: code } : {}),
  });
}

/**
 * The primary message quotes values too: of data that does not fit (class 22), and of what a user's own function
 * raises, under whatever code, or builds from values and lets Postgres parse.
 */
function safeWords(code: string, words: string, error: unknown): string {
  const { routine, internalQuery } = error as { routine?: unknown; internalQuery?: unknown };
  const isRaised = routine === 'exec_stmt_raise';
  // A relation that is missing is named, and nothing but a name is.
  const isBuilt = code.startsWith('42') && code !== '42P01' && internalQuery !== undefined;
  return isRaised || isBuilt || /^(22|38|P0)/.test(code)
    ? 'its words are left out, since they may quote a row'
    : words;
}

const brokenCodes = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENOTFOUND']);

/** The words of `pg`, which gives these no code: it gave up connecting or reading, was cut off, or was so before. */
const brokenWords =
  /^(Connection terminated|timeout expired$|Query read timeout$|Client (has encountered a connection error|was closed) and is not queryable$)/;

export function isBrokenConnection(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return (
    (typeof code === 'string' && brokenCodes.has(code)) ||
    (typeof message === 'string' && brokenWords.test(message))
  );
}
