import type { Command } from 'commander';
import { findExportOfSlot } from '../../shared/export/exported-tables.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { type ExportContext, type ExportOptions, withExports } from '../export-context.ts';
import { UsageError } from '../failure.ts';
import { confineTo, withDuckDb } from '../query/duckdb.ts';
import { type LoadExported, loadExported } from '../query/load-exported.ts';
import { namedTables } from '../query/named-tables.ts';
import { writeRows } from '../query/write-rows.ts';
import { withTemporaryFolder } from '../temporary-folder.ts';

interface BackupQueryOptions extends ExportOptions {
  readonly slot?: string;
  readonly csv: boolean;
}

export function addBackupQuery(backup: Command): Command {
  return backup
    .command('query <sql>')
    .description('SQL over the tables of an export')
    .option('--slot <slot>', 'the night or label of the export (default: the newest)')
    .option('--csv', 'comma-separated values on standard output', false)
    .addHelpText(
      'after',
      `
Examples:
  nightshift backup query "SELECT count(*) FROM public.patients" --slot 2026-01-02 --stage prod
  nightshift backup query "SELECT * FROM users WHERE email = 'a@b.example'" --csv

Tables are called as in Postgres, with public for those without a schema. The SQL is DuckDB's, one SELECT. Numbers
of RDS's exports are numbers; times, numerics, JSON and all else are text: CAST them. Files are fetched for the tables
that the query names, into a folder that is removed afterwards.`,
    )
    .action(async (sql: string, options: BackupQueryOptions) => {
      if (options.csv && options.json) throw new UsageError('--csv and --json exclude each other.');
      await withDuckDb(async (connection) => {
        const named = await namedTables(connection, sql);
        await withExports(options, (exports) =>
          withTemporaryFolder((folder) => query({ exports, connection, named, folder }, sql, options)),
        );
      });
    });
}

async function query(
  request: Omit<LoadExported, 'manifest'>,
  sql: string,
  { slot, json, csv }: BackupQueryOptions,
): Promise<void> {
  const { exports, connection, folder } = request;
  await loadExported({ ...request, manifest: await manifestOf(exports, slot) });
  await confineTo(connection, folder);
  const result = await connection.stream(sql).catch((cause: unknown) => {
    throw new UsageError(`DuckDB does not take the query: ${(cause as Error).message}`);
  });
  await writeRows(result, json ? 'json' : csv ? 'csv' : 'table');
}

async function manifestOf(exports: ExportContext, slot: string | undefined) {
  const link = await findExportOfSlot(exports, slot);
  if (link) return link.body;
  const which = slot === undefined ? 'has been proved yet' : `of the slot ${slot} was proved`;
  throw new PreconditionError(
    `No export of ${exports.database} ${which}. \`nightshift backup list\` names the slots.`,
  );
}
