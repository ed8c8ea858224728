import { createHash } from 'node:crypto';
import { PreconditionError } from '../../job/errors.ts';

/** What a long statement is called in `pg_stat_activity`: `nightshift <job> <16 hex digits>`, the same for the same work. */
export function detachedName(job: string, object: string, slot: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([object, slot]))
    .digest('hex');
  return refuseLostName(`nightshift ${job} ${digest.slice(0, 16)}`);
}

/** Postgres cuts an `application_name` after 63 bytes and replaces what is not ASCII: it would never be found again. */
export function refuseLostName(name: string): string {
  if (/^[\x21-\x7e][\x20-\x7e]{0,62}$/.test(name)) return name;
  throw new PreconditionError(
    `A long statement cannot be called ${JSON.stringify(name)}: an application_name has 1 to 63 printable ASCII characters.`,
  );
}

/** The key of the advisory lock that stands for a name. */
export function lockKeyOf(name: string): bigint {
  return createHash('sha256').update(`nightshift detached ${name}`).digest().readBigInt64BE();
}
