import type { Client } from 'pg';
import { parseTableName } from '../config/table-name.ts';
import { NightshiftError } from '../job/errors.ts';
import { postgresError } from '../postgres/errors.ts';
import { quoteName } from '../postgres/quote.ts';
import { sqlStateOf } from '../postgres/sqlstate.ts';
import type { ArchiveFault } from './archive-fault.ts';

export interface CheckedTables {
  readonly faults: readonly ArchiveFault[];
  /** Tables that hold more than the ledger says: somebody has put rows there himself. */
  readonly notes: readonly string[];
}

interface KeptTable {
  /** `schema.name` as the ledger has it. */
  readonly name: string;
  /** It holds days, each of which stands for `samples` rows. */
  readonly rolledUp: boolean;
}

/**
 * Holds every archive table against the ledger: it must be there and, unless `quick`, hold the rows that went into it,
 * or days that stand for as many. What keeps one from being counted is its fault, so that the others are looked at.
 */
export async function checkTables(
  client: Client,
  { quick }: { readonly quick: boolean },
): Promise<CheckedTables> {
  const faults: ArchiveFault[] = [];
  const notes: string[] = [];
  for (const table of await readKeptTables(client)) {
    const { fault, note } = await checkTable(client, table, quick);
    if (fault) faults.push(fault);
    if (note !== undefined) notes.push(note);
  }
  return { faults, notes };
}

async function readKeptTables(client: Client): Promise<KeptTable[]> {
  const { rows } = await client.query<KeptTable>(/* sql */ `
    SELECT b.archive_table AS name, 
           -- Beside files, a table holds days, whatever the policy has become since.
           coalesce(bool_or(b.destination = 's3' OR jsonb_typeof(p.settings->'rollUp') = 'object'), false) AS "rolledUp"
      FROM nightshift.archive_batches b LEFT JOIN nightshift.archive_policies p USING (policy)
     WHERE b.archive_table IS NOT NULL GROUP BY 1 ORDER BY 1`);
  return rows;
}

interface TableCheck {
  readonly fault?: ArchiveFault;
  readonly note?: string;
}

async function checkTable(client: Client, table: KeptTable, quick: boolean): Promise<TableCheck> {
  const fault = (kind: ArchiveFault['kind'], detail: string) => ({
    fault: { kind, what: table.name, detail },
  });
  try {
    const { exists, expected } = await readExpected(client, table.name);
    if (!exists) return fault('missing table', `${expected} rows went into it`);
    if (quick) return {};
    const counted = await countRows(client, table);
    const stands = table.rolledUp ? 'days that stand for ' : '';
    const found = `it holds ${stands}${counted.found} rows`;
    if (BigInt(counted.found) < BigInt(counted.expected)) {
      return fault('missing rows', `${found}, and ${counted.expected} went into it`);
    }
    if (BigInt(counted.found) === BigInt(counted.expected)) return {};
    return { note: `${table.name}: ${found}, more than the ${counted.expected} that went into it` };
  } catch (error) {
    if (sqlStateOf(error) === undefined) throw error;
    return fault('unread table', postgresError('Counting its rows', error).message);
  }
}

const expectedSql = `(SELECT sum(rows) FROM nightshift.archive_batches WHERE archive_table = $1)::text AS expected`;

async function readExpected(
  client: Client,
  name: string,
): Promise<{ readonly exists: boolean; readonly expected: string }> {
  const { rows } = await client.query<{ exists: boolean; expected: string }>(
    `SELECT to_regclass($2) IS NOT NULL AS exists, ${expectedSql}`,
    [name, quoted(name)],
  );
  return rows[0] ?? { exists: false, expected: '0' };
}

/** One statement, so that a batch that is committed meanwhile is in both numbers or in none. */
async function countRows(
  client: Client,
  { name, rolledUp }: KeptTable,
): Promise<{ readonly found: string; readonly expected: string }> {
  const count = rolledUp ? 'coalesce(sum(samples), 0)' : 'count(*)';
  const { rows } = await client.query<{ found: string; expected: string }>(
    `SELECT (SELECT ${count} FROM ${quoted(name)})::text AS found, ${expectedSql}`,
    [name],
  );
  return rows[0] ?? { found: '0', expected: '0' };
}

function quoted(name: string): string {
  const table = parseTableName(name);
  if (table) return quoteName(table.schema, table.name);
  throw new NightshiftError(
    `The ledger has an archive table ${JSON.stringify(name)}, which is no schema.name: correct archive_table in nightshift.archive_batches.`,
  );
}
