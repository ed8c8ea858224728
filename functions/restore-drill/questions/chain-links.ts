import type { Client } from 'pg';
import { inSnapshot } from '../../../shared/postgres/snapshot-transaction.ts';
import type { ChainTable } from './chain-table.ts';

/** What can be wrong with how entries are linked; the first of these that an organisation has is the one that is named. */
export const linkFaults = [
  'an entry without a hash',
  'several entries with the same hash',
  'no first entry',
  'several first entries',
  'an entry whose predecessor is missing',
  'several entries with the same predecessor',
] as const;
export type LinkFault = (typeof linkFaults)[number];

export interface Links {
  readonly entries: number;
  readonly organisations: number;
  readonly faultyOrganisations: number;
  readonly first: FaultyLink | null;
}

export interface FaultyLink {
  /** Null is an organisation of its own. */
  readonly organisation: string | null;
  readonly fault: LinkFault;
  /** The entry that shows it, by its key; none where all would. */
  readonly entry: string | null;
}

/**
 * Each entry says two things of its organisation: that its own hash exists, and that another one follows its
 * predecessor's. Grouped by that hash, one pass tells all about the links: stated twice is a duplicate, followed and
 * never stated a missing predecessor, followed twice a fork; and NULL, followed, is the start of a chain.
 */
const linksSql = ({ from, organisation, hash, previous }: ChainTable) => /* sql */ `
  WITH said AS (
    SELECT organisation, v.value, v.stated
      FROM (SELECT ${organisation} AS organisation, ${hash} AS hash, ${previous} AS previous FROM ${from}) AS entry
     CROSS JOIN LATERAL (VALUES (entry.hash, 1), (entry.previous, 0)) AS v (value, stated)),
  hashes AS (
    SELECT organisation, value, sum(stated) AS stated, count(*) - sum(stated) AS followed FROM said GROUP BY 1, 2),
  chains AS (
    SELECT organisation, sum(stated)::bigint AS entries,
           coalesce(sum(stated) FILTER (WHERE value IS NULL), 0) AS without_hash,
           coalesce(sum(followed) FILTER (WHERE value IS NULL), 0) AS roots,
           min(value) FILTER (WHERE stated > 1) AS duplicate,
           min(value) FILTER (WHERE followed > 0 AND stated = 0) AS missing,
           min(value) FILTER (WHERE followed > 1) AS forked
      FROM hashes GROUP BY 1),
  judged AS (
    SELECT *, CASE WHEN without_hash > 0 THEN 0 WHEN duplicate IS NOT NULL THEN 1 WHEN roots = 0 THEN 2 WHEN roots > 1 THEN 3
                   WHEN missing IS NOT NULL THEN 4 WHEN forked IS NOT NULL THEN 5 END AS fault FROM chains),
  first_fault AS (SELECT * FROM judged WHERE fault IS NOT NULL ORDER BY organisation NULLS FIRST LIMIT 1)
  SELECT (SELECT coalesce(sum(entries), 0) FROM judged)::float8 AS entries, (SELECT count(*) FROM judged)::float8 AS organisations,
         (SELECT count(*) FROM judged WHERE fault IS NOT NULL)::float8 AS "faultyOrganisations",
         f.organisation, f.fault, f.duplicate, f.missing, f.forked
    FROM (SELECT) AS always LEFT JOIN first_fault f ON true`;

interface LinksRow extends Omit<Links, 'first'> {
  readonly organisation: string | null;
  readonly fault: number | null;
  readonly duplicate: string | null;
  readonly missing: string | null;
  readonly forked: string | null;
}

export async function readLinks(client: Client, table: ChainTable): Promise<Links> {
  return inSnapshot(client, async () => {
    const { rows } = await client.query<LinksRow>(linksSql(table));
    const [row] = rows;
    if (!row) throw new Error(`Postgres answered no row to the count of links in ${table.title}.`);
    const { entries, organisations, faultyOrganisations } = row;
    return { entries, organisations, faultyOrganisations, first: await nameFault(client, table, row) };
  });
}

async function nameFault(client: Client, table: ChainTable, row: LinksRow): Promise<FaultyLink | null> {
  const fault = row.fault === null ? undefined : linkFaults[row.fault];
  if (!fault) return null;
  const { organisation } = row;
  return { organisation, fault, entry: await nameEntry(client, table, row, fault) };
}

async function nameEntry(
  client: Client,
  table: ChainTable,
  { organisation, duplicate, missing, forked }: LinksRow,
  fault: LinkFault,
): Promise<string | null> {
  const { hash, previous } = table;
  switch (fault) {
    case 'an entry without a hash':
      return lastEntry(client, table, `${hash} IS NULL AND $2::text IS NULL`, [organisation, null]);
    case 'several entries with the same hash':
      return lastEntry(client, table, `${hash} = $2`, [organisation, duplicate]);
    case 'no first entry':
      return null;
    case 'several first entries':
      return lastEntry(client, table, `${previous} IS NULL AND $2::text IS NULL`, [organisation, null]);
    case 'an entry whose predecessor is missing':
      return lastEntry(client, table, `${previous} = $2`, [organisation, missing]);
    case 'several entries with the same predecessor':
      return lastEntry(client, table, `${previous} = $2`, [organisation, forked]);
  }
}

/** The last of them by key: where two share what only one may have, it is more likely the one too many. */
async function lastEntry(
  client: Client,
  { from, organisation, key }: ChainTable,
  condition: string,
  values: readonly (string | null)[],
): Promise<string | null> {
  const { rows } = await client.query<{ key: string }>(
    /* sql */ `SELECT ${key} AS key FROM ${from} WHERE ${organisation} IS NOT DISTINCT FROM $1 AND ${condition} ORDER BY 1 DESC LIMIT 1`,
    [...values],
  );
  return rows[0]?.key ?? null;
}
