import type { Client } from 'pg';
import type { Asking } from './asking.ts';

type Time = Pick<Asking, 'secondsLeft'>;

/** With less than this a question that reads everything begins no further piece: what is left is told instead. */
const beginSeconds = 120;

/** Before its question is given up, every statement has ended, so that what was found by then is answered. */
const reserveSeconds = 20;

export function hasTimeToBegin({ secondsLeft }: Time): boolean {
  return secondsLeft() > beginSeconds;
}

/**
 * Lets no statement of this connection run on to where its question is given up, with all of its answers; the
 * configured limit stays where it is shorter. To be called before each piece of the work, outside of a transaction.
 */
export async function endInTime(client: Client, { secondsLeft }: Time): Promise<void> {
  const milliseconds = Math.max(1, Math.floor((secondsLeft() - reserveSeconds) * 1_000));
  await client.query(
    // What the connection began with; 0 would be no limit at all.
    /* sql */ `SELECT set_config('statement_timeout', least(nullif(reset_val::bigint, 0), $1::bigint)::text, false)
                 FROM pg_settings WHERE name = 'statement_timeout'`,
    [milliseconds],
  );
}
