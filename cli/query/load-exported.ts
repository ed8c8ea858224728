import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ExportManifest, ManifestFile } from '../../shared/export/export-manifest.ts';
import { fetchWholeFile } from '../../shared/export/fetch-whole-file.ts';
import { readSavedSchema } from '../../shared/export/saved-schema.ts';
import { filesOfTable, type TableFiles } from '../../shared/export/table-files.ts';
import { mapAtOnce } from '../../shared/job/at-once.ts';
import { PreconditionError, ProofError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { SchemaDescription } from '../../shared/postgres/schema-description.ts';
import type { ExportContext } from '../export-context.ts';
import { UsageError } from '../failure.ts';
import { formatBytes, formatCount } from '../units.ts';
import { quoteText } from './duckdb.ts';
import type { NamedTable } from './named-tables.ts';

export interface LoadExported {
  readonly exports: ExportContext;
  readonly manifest: ExportManifest;
  readonly connection: DuckDBConnection;
  readonly named: readonly NamedTable[];
  readonly folder: string;
}

interface AskedTable {
  readonly schema: string;
  readonly table: string;
  readonly found: TableFiles;
  readonly paths: readonly string[];
}

/** Makes a view for each table of the export that the query names, and fetches the files of these and no others. */
export async function loadExported(request: LoadExported): Promise<void> {
  const { exports, manifest, connection, named, folder } = request;
  const { s3, bucket, progress } = exports;
  const { schema } = await readSavedSchema({ s3, bucket }, manifest.export.id, manifest.schema.sha256);
  const tables = named
    .flatMap((one) => findAsked(one, schema, manifest) ?? [])
    .map(({ found, ...rest }, at) => ({
      ...rest,
      found,
      paths: found.files.map((_file, index) => join(folder, `table-${at}-${index}.parquet`)),
    }));
  if (tables.length === 0) throw nothingNamed(manifest);
  const files = tables.flatMap(({ found, paths }) =>
    found.files.map((file, index) => ({ file, path: paths[index] ?? '' })),
  );
  const bytes = files.reduce((sum, { file }) => sum + file.bytes, 0);
  await progress.task(`Fetch ${formatCount(files.length)} files, ${formatBytes(bytes)}`, () =>
    mapAtOnce(files, 4, ({ file, path }) => fetch(exports, file, path)),
  );
  for (const each of new Set(['public', ...tables.map((table) => table.schema)])) {
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(each)}`);
  }
  for (const table of tables) await connection.run(viewOf(table));
  await connection.run(`SET search_path = 'public,main'`);
}

/** Undefined for what is no table of the export: DuckDB says what it thinks of it. Names fold as DuckDB folds them. */
function findAsked(
  named: NamedTable,
  { tables, ...rest }: SchemaDescription,
  manifest: ExportManifest,
): Omit<AskedTable, 'paths'> | undefined {
  const folded = (schema: string, table: string) => `${schema}\0${table}`.toLowerCase();
  const table = tables.find((each) => folded(each.schema, each.name) === folded(named.schema, named.table));
  if (!table) return undefined;
  const asked = { schema: table.schema, table: table.name };
  const found = filesOfTable(manifest, { tables, ...rest }, asked);
  return found ? { ...asked, found } : undefined;
}

async function fetch(exports: ExportContext, file: ManifestFile, path: string): Promise<void> {
  const place = `s3://${exports.bucket}/${file.key}`;
  const fetched = await fetchWholeFile(exports, file, path);
  if (fetched === 'frozen') {
    throw new PreconditionError(
      `${place} lies in Glacier and cannot be read. \`nightshift restore export\` thaws the files of a table, which can be queried for a week then.`,
    );
  }
  if (fetched !== 'missing' && fetched !== 'changed') return;
  throw new ProofError(
    `${place} ${fetched === 'missing' ? 'is gone' : 'is not the file that was exported: its bytes differ'}. Look for the right version of it among the bucket's earlier ones.`,
  );
}

function viewOf({ schema, table, found, paths }: AskedTable): string {
  const columns = (found.description?.columns ?? []).map(({ name }) => `NULL::VARCHAR AS ${quoteName(name)}`);
  const list = paths.map(quoteText).join(', ');
  const rows =
    paths.length > 0
      ? `SELECT * FROM read_parquet([${list}], union_by_name = true, hive_partitioning = false)`
      : `SELECT ${columns.join(', ')} WHERE false`;
  return `CREATE VIEW ${quoteName(schema, table)} AS ${rows}`;
}

function nothingNamed(manifest: ExportManifest): UsageError {
  const known = manifest.tables.flatMap(({ tables }) => tables.map((name) => `\n  ${name}`)).join('');
  return new UsageError(
    `The query names no table of the export ${manifest.export.id}. There are these:${known}`,
  );
}
