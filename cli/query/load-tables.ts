import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Client } from 'pg';
import { readBatches } from '../../shared/archive/archive-ledger.ts';
import type { FileBatch } from '../../shared/archive/check-file.ts';
import { fetchFile } from '../../shared/archive/fetch-file.ts';
import type { TableName } from '../../shared/config/table-name.ts';
import { mapAtOnce } from '../../shared/job/at-once.ts';
import { fixTextForms } from '../../shared/parquet/read-columns.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { inTransaction } from '../../shared/postgres/transaction.ts';
import type { ArchiveContext } from '../archive-context.ts';
import { UsageError } from '../failure.ts';
import type { Period } from '../period.ts';
import { formatBytes, formatCount } from '../units.ts';
import { type AskedTable, findAsked, readPolicies, sourcesOf } from './archived-table.ts';
import { copyRelation } from './copy-relation.ts';
import { quoteText } from './duckdb.ts';
import type { NamedTable } from './named-tables.ts';

interface LoadedTable extends AskedTable {
  /** Fetched, and to be cut to the period. */
  readonly files: readonly FileBatch[];
  /** Copied out of the database, cut already. */
  readonly copies: readonly string[];
}

export interface Loaded {
  readonly tables: readonly string[];
  readonly files: number;
  readonly bytes: number;
}

export interface LoadRequest {
  readonly archive: ArchiveContext;
  readonly connection: DuckDBConnection;
  readonly named: readonly NamedTable[];
  readonly period: Period;
  readonly folder: string;
}

/**
 * Makes a view for each table of the archive that the query names: fetches the files that the ledger names for it and
 * for the period, and no others, and copies live rows out. Ledger and live rows are of one snapshot: a row that moves
 * meanwhile is seen once.
 */
export async function loadTables(request: LoadRequest): Promise<Loaded> {
  const { archive, connection, folder, period } = request;
  const { s3, progress } = archive;
  const { policies, loaded } = await archive.connect((client) => readDatabase(client, request));
  if (loaded.length === 0) throw nothingNamed(policies);
  const files = [...new Map(loaded.flatMap((table) => table.files).map((file) => [file.id, file])).values()];
  const bytes = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  if (files.length > 0) {
    const title = `Fetch ${formatCount(files.length)} files, ${formatBytes(bytes)}`;
    await progress.task(title, () =>
      mapAtOnce(files, 4, (file) => fetchFile(s3, file, pathOf(folder, file))),
    );
  }
  await connection.run(`SET TimeZone = 'UTC'`);
  for (const schema of new Set(['public', ...loaded.map(({ table }) => table.schema)])) {
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`);
  }
  for (const table of loaded) await connection.run(viewOf(table, folder, period));
  await connection.run(`SET search_path = 'public,main'`);
  return { tables: loaded.map(({ table, name }) => `${table.schema}.${name}`), files: files.length, bytes };
}

const pathOf = (folder: string, { id }: FileBatch) => join(folder, `batch-${id}.parquet`);

interface Read {
  readonly policies: readonly string[];
  readonly loaded: readonly LoadedTable[];
}

async function readDatabase(client: Client, request: LoadRequest): Promise<Read> {
  const { named, period } = request;
  const read = await inTransaction(client, async () => {
    const policies = await readPolicies(client);
    const asked = named.flatMap((one) => findAsked(one, policies) ?? []);
    const names = [...new Set(asked.map(({ known }) => known.policy))];
    // The whole ledger of a table tells its archive tables; the period chooses among its files.
    const all = await readBatches(client, { policies: names });
    const within = new Set((await readBatches(client, { policies: names, ...period })).map(({ id }) => id));
    await fixTextForms(client);
    const loaded: LoadedTable[] = [];
    for (const [index, table] of asked.entries()) {
      const sources = sourcesOf(table, all);
      const files = sources.files.filter(({ id }) => within.has(id));
      loaded.push(await copyTable(client, request, { ...table, files }, sources.relations, index));
    }
    return { policies: policies.map(({ policy }) => policy), loaded };
  });
  return read ?? { policies: [], loaded: [] };
}

async function copyTable(
  client: Client,
  { archive, folder, period }: LoadRequest,
  table: Omit<LoadedTable, 'copies'>,
  relations: readonly TableName[],
  index: number,
): Promise<LoadedTable> {
  const { ageColumn } = table.known;
  const copies: string[] = [];
  for (const [place, relation] of relations.entries()) {
    const path = join(folder, `copied-${index}-${place}.parquet`);
    await archive.progress.task(`Copy ${relation.schema}.${relation.name}`, () =>
      copyRelation(client, { relation, ageColumn, period, path }),
    );
    copies.push(path);
  }
  if (table.files.length + copies.length === 0) {
    // A view has columns also where nothing is in it.
    const path = join(folder, `empty-${index}.parquet`);
    await copyRelation(client, { relation: table.table, ageColumn, period, path, empty: true });
    copies.push(path);
  }
  return { ...table, copies };
}

function nothingNamed(policies: readonly string[]): UsageError {
  const known = policies.map((name) => `\n  ${name}`).join('');
  return new UsageError(
    policies.length === 0
      ? 'Nothing has been archived yet: there is no table to query.'
      : `The query names no table of the archive. There are these, each also with _live and _all at its end:${known}`,
  );
}

function viewOf({ table, name, known, files, copies }: LoadedTable, folder: string, period: Period): string {
  const fetched = files.map((file) => pathOf(folder, file));
  const parts = [
    ...(fetched.length > 0 ? [`${selectFrom(fetched)}${cut(known.ageColumn, period)}`] : []),
    ...copies.map((path) => selectFrom([path])),
  ];
  return `CREATE VIEW ${quoteName(table.schema, name)} AS ${parts.join(' UNION ALL BY NAME ')}`;
}

function selectFrom(paths: readonly string[]): string {
  const list = paths.map(quoteText).join(', ');
  return `SELECT * FROM read_parquet([${list}], union_by_name = true, hive_partitioning = false)`;
}

/** A file reaches beyond the period that it was chosen for. A column that once was archived as text is read as a time. */
function cut(ageColumn: string, { from, to }: Period): string {
  const age = `TRY_CAST(${quoteName(ageColumn)} AS TIMESTAMPTZ)`;
  const conditions = [
    ...(from ? [`${age} >= TIMESTAMPTZ ${quoteText(from)}`] : []),
    ...(to ? [`${age} < TIMESTAMPTZ ${quoteText(to)}`] : []),
  ];
  return conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
}
