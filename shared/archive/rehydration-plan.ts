import type { S3Client } from '@aws-sdk/client-s3';
import type { Client } from 'pg';
import { formatTableName, type TableName } from '../config/table-name.ts';
import { mapAtOnce } from '../job/at-once.ts';
import { PreconditionError } from '../job/errors.ts';
import { fixTextForms, readArchiveColumns } from '../parquet/read-columns.ts';
import { quoteName } from '../postgres/quote.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { readBatches } from './archive-ledger.ts';
import { type FileBatch, isFileBatch } from './check-file.ts';
import { readFileColumns } from './read-file-columns.ts';
import { type ColumnPlan, type Columns, planColumns } from './rehydrated-columns.ts';

export interface RehydrateRequest {
  readonly s3: S3Client;
  /** As a role that may create or fill `into`. */
  readonly connect: <T>(use: (client: Client) => Promise<T>) => Promise<T>;
  /** The table that rows were archived from. */
  readonly table: TableName;
  readonly into: TableName;
  /** ISO 8601, by the age column, `to` exclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface RehydrationPlan {
  readonly into: TableName;
  readonly creates: boolean;
  readonly ageColumn: string;
  readonly files: readonly FileBatch[];
  readonly columns: ColumnPlan;
}

interface DatabaseFacts {
  readonly ageColumn: string | undefined;
  /** Tables that are archived, or are archived into, as the ledger spells them. */
  readonly archives: ReadonlySet<string>;
  readonly files: readonly FileBatch[];
  readonly source: Columns | null;
  readonly target: Columns | null;
}

/** Reads what would be loaded, and how. Throws PreconditionError, with what to do, where it must not or cannot be. */
export async function planRehydration(request: RehydrateRequest): Promise<RehydrationPlan> {
  const { s3, into, connect } = request;
  const facts = await connect((client) => readDatabase(client, request));
  const ageColumn = requireLoadable(request, facts);
  const columnsOfFiles = await mapAtOnce(facts.files, 8, (file) => readFileColumns(s3, file));
  const columns = planColumns({ files: columnsOfFiles, source: facts.source, target: facts.target });
  if (columns.faults.length > 0) {
    throw new PreconditionError(
      `${formatTableName(into)} cannot take the archived rows: ${columns.faults.join('; ')}. Add or change the columns, or leave out --into: a table that fits is made then.`,
    );
  }
  return { into, creates: facts.target === null, ageColumn, files: facts.files, columns };
}

async function readDatabase(
  client: Client,
  { table, into, from, to }: RehydrateRequest,
): Promise<DatabaseFacts> {
  const facts = await inTransaction(client, async () => {
    await fixTextForms(client);
    await requireMemory(client);
    const { rows } = await client.query<{ policy: string; ageColumn: string; archiveTable: string | null }>(
      'SELECT policy, age_column AS "ageColumn", archive_table AS "archiveTable" FROM nightshift.archive_policies',
    );
    const spelled = formatTableName(table);
    const batches = await readBatches(client, { policies: [spelled], from, to });
    return {
      ageColumn: rows.find(({ policy }) => policy === spelled)?.ageColumn,
      archives: new Set(rows.flatMap(({ policy, archiveTable }) => [policy, archiveTable ?? policy])),
      files: batches.filter(isFileBatch),
      source: await readRelation(client, table),
      target: await readRelation(client, into),
    };
  });
  if (facts) return facts;
  throw new PreconditionError('The ledger could not be read.');
}

/** A database whose ledger was made before rows could come back. */
async function requireMemory(client: Client): Promise<void> {
  if (await isThere(client, { schema: 'nightshift', name: 'archive_rehydrations' })) return;
  throw new PreconditionError(
    'There is no table nightshift.archive_rehydrations, which remembers what was loaded. Apply infra/sql/040_archive_rehydrations.up.sql.',
  );
}

async function isThere(client: Client, { schema, name }: TableName): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    quoteName(schema, name),
  ]);
  return rows[0]?.there === true;
}

async function readRelation(client: Client, relation: TableName): Promise<Columns | null> {
  const { schema, name: table } = relation;
  return (await isThere(client, relation)) ? readArchiveColumns(client, { schema, table }) : null;
}

function requireLoadable(
  { table, into }: RehydrateRequest,
  { ageColumn, archives, files }: DatabaseFacts,
): string {
  const spelled = formatTableName(table);
  if (ageColumn === undefined) {
    throw new PreconditionError(
      `The ledger knows no policy for ${spelled}. It knows: ${[...archives].join(', ') || 'none'}.`,
    );
  }
  if (archives.has(formatTableName(into))) {
    throw new PreconditionError(
      `Rows are not loaded into ${formatTableName(into)}: audit-archive would move them out again the next night, and they would stand in the archive twice. Load them into a table of their own.`,
    );
  }
  if (files.length === 0) {
    throw new PreconditionError(
      `The ledger names no file of ${spelled} for this period. What was archived into a table stands there: see \`nightshift archive stats\`.`,
    );
  }
  return ageColumn;
}
