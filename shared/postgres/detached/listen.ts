import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, QueryConfig, QueryResult } from 'pg';
import type { ConnectOptions } from '../connect-client.ts';
import { isBrokenConnection } from '../errors.ts';
import { sqlStateOf } from '../sqlstate.ts';

/** So long the message's bytes are given to leave, however little time is left. */
const leastMs = 1_000;

/** Until the time is over: the longest that a timer of Node's can be set to. */
const noTimeout = 2 ** 31 - 1;

/** What comes before the last message takes as long as any other statement, or the server is gone. */
export function preparing({ database }: ConnectOptions) {
  return { answerSeconds: database.statementTimeoutSeconds + 10 };
}

/**
 * Sends one simple-query message and waits for its end: the last command's tag, such as `COMMIT`. `running` where the
 * time is over, or where the connection broke, which says nothing about the statement. Throws what Postgres answered.
 */
export async function sendAndListen(client: Client, message: string, until: number): Promise<string> {
  // `pg` knows it for each query as well, which its types do not say.
  const query: QueryConfig & { query_timeout: number } = { text: message, query_timeout: noTimeout };
  const ended = client.query(query).then(lastCommand, (error: unknown) => {
    if (isCutOff(error)) return 'running';
    throw error;
  });
  const patience = new AbortController();
  const { signal } = patience;
  const over = sleep(Math.max(leastMs, until - Date.now()), 'running', { signal });
  // Abandoned as soon as the answer is there.
  over.catch(() => undefined);
  try {
    return await Promise.race([ended, over]);
  } finally {
    patience.abort();
  }
}

/** Of a message with several statements `pg` gives a list of results, which its types do not say. */
function lastCommand(answer: QueryResult | readonly QueryResult[]): string {
  const last = Array.isArray(answer) ? answer.at(-1) : answer;
  return last?.command ?? 'nothing';
}

/**
 * Whether it was sent, or may have been, and its end cannot be told. A pooler tells of a server that it has lost, or
 * will wait for no longer, by a code of class 08; on a connection that `pg` knew to be broken nothing was sent.
 */
function isCutOff(error: unknown): boolean {
  if (error instanceof Error && error.message.endsWith('is not queryable')) return false;
  return isBrokenConnection(error) || sqlStateOf(error)?.startsWith('08') === true;
}
