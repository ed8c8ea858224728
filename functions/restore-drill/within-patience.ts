import type { Client } from 'pg';
import { isTransient } from '../../shared/aws/errors.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import type { Connect } from './sign-in.ts';

const patienceSeconds = 13 * 60;

/**
 * Does the work of a question, once more where a connection was lost, and ends every connection of it when both tries
 * together take too long: an invocation that ends in its middle would begin it anew. Throws NightshiftError then.
 * `secondsLeft` is for work that would rather end early, and keep what it has found.
 */
export async function withinPatience<T>(
  connect: Connect,
  work: (connect: Connect, secondsLeft: () => number) => Promise<T>,
): Promise<T> {
  const endsAt = performance.now() + patienceSeconds * 1_000;
  const secondsLeft = () => (endsAt - performance.now()) / 1_000;
  const open = new Set<Client>();
  let isOver = false;
  const tooLong = Promise.withResolvers<never>();
  const bounded: Connect = (use) => {
    // What was cut off is told as a lost connection, and must not be tried again behind everybody's back.
    if (isOver) return tooLong.promise;
    return connect(async (client) => {
      open.add(client);
      try {
        return await use(client);
      } finally {
        open.delete(client);
      }
    });
  };
  const timer = setTimeout(() => {
    isOver = true;
    tooLong.reject(tookTooLong());
    for (const client of open) client.end().catch(() => undefined);
  }, patienceSeconds * 1_000);
  const tried = work(bounded, secondsLeft).catch((error: unknown) =>
    isTransient(error) ? work(bounded, secondsLeft) : Promise.reject(error),
  );
  try {
    return await Promise.race([tried, tooLong.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function tookTooLong(): NightshiftError {
  return new NightshiftError(
    `it took more than ${patienceSeconds / 60} minutes, which is what one question has. Ask less of it in the config, or choose a larger "instanceClass".`,
  );
}
