import type { Client } from 'pg';

/**
 * Chance that repeats: each draw is a hash of the row's number and of a salt that names the column, so that a
 * seed gives the same rows every time, in any order and in any batch. The functions live in `pg_temp`, are
 * inlined by the planner, and go away with the session. `hashint8extended` is what hash partitioning places
 * rows by, so its results stay the same from one major version to the next.
 */
const CHANCE = /* sql */ `
  CREATE FUNCTION pg_temp.roll(n bigint, salt bigint, sides bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE AS $$ SELECT (hashint8extended(n, salt) & 9223372036854775807) % sides $$;
  CREATE FUNCTION pg_temp.pick(n bigint, salt bigint, items text[]) RETURNS text
    LANGUAGE sql IMMUTABLE AS
    $$ SELECT items[1 + (hashint8extended(n, salt) & 9223372036854775807) % cardinality(items)] $$;
  CREATE FUNCTION pg_temp.uuid_of(kind text, n bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE AS $$ SELECT md5(kind || '/' || n)::uuid $$;
`;

/** Makes `pg_temp.roll`, `pg_temp.pick` and `pg_temp.uuid_of` for the length of the session. */
export async function defineChance(client: Client): Promise<void> {
  await client.query(CHANCE);
}

/** Words that the rows are made of, as SQL text arrays. */
export const WORDS = {
  firstNames: sqlArray('Ana Ben Chloé Dmitri Elif Farid Grace Hana Igor José Keiko Liam Mai Noor Olga Priya'),
  lastNames: sqlArray(
    'Adams Baker Çelik Díaz Ek Fischer García Haddad Ito Jensen Kim Łukasz Müller Núñez O’Neil Park',
  ),
  regions: sqlArray('us-west-1 us-east-1 eu-central-1 ap-southeast-2'),
  sources: sqlArray('api-gateway web-client batch-import mobile-app webhook scheduler'),
} as const;

function sqlArray(words: string): string {
  return `'{${words.split(' ').join(',')}}'::text[]`;
}
