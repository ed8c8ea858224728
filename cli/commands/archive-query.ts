import type { DuckDBConnection } from '@duckdb/node-api';
import type { Command } from 'commander';
import { type ArchiveContext, type ArchiveOptions, withArchive } from '../archive-context.ts';
import { UsageError } from '../failure.ts';
import { fromOption, type Period, readPeriod, toOption } from '../period.ts';
import { confineTo, withDuckDb } from '../query/duckdb.ts';
import { loadTables } from '../query/load-tables.ts';
import { type NamedTable, namedTables } from '../query/named-tables.ts';
import { writeRows } from '../query/write-rows.ts';
import { withTemporaryFolder } from '../temporary-folder.ts';

interface QueryOptions extends ArchiveOptions, Period {
  readonly csv: boolean;
}

export function addArchiveQuery(archive: Command): Command {
  return archive
    .command('query <sql>')
    .description('SQL over archived rows, and over live and archived rows together')
    .addOption(fromOption())
    .addOption(toOption())
    .option('--csv', 'comma-separated values on standard output', false)
    .addHelpText(
      'after',
      `
Examples:
  nightshift archive query "SELECT action, count(*) FROM public.audit_log GROUP BY 1" --stage prod
  nightshift archive query "SELECT * FROM public.audit_log_all WHERE user_id = 42 ORDER BY timestamp" --from 2024-01-01 --to 2025-01-01 --csv

Tables, called as in Postgres, with public for those without a schema:
  public.audit_log        archived rows
  public.audit_log_live   rows that are still in the table
  public.audit_log_all    both, each row once

The SQL is DuckDB's, one SELECT. Files are fetched for the tables that it names and for the period, into a
folder that is removed afterwards. A bound of the period also cuts what the query sees.`,
    )
    .action(async (sql: string, options: QueryOptions) => {
      if (options.csv && options.json) throw new UsageError('--csv and --json exclude each other.');
      const period = readPeriod(options);
      await withDuckDb(async (connection) => {
        const named = await namedTables(connection, sql);
        await withArchive(options, (opened) =>
          withTemporaryFolder((folder) =>
            query({ ...options, archive: opened, connection, sql, named, period, folder }),
          ),
        );
      });
    });
}

interface Query extends Omit<QueryOptions, keyof Period> {
  readonly archive: ArchiveContext;
  readonly connection: DuckDBConnection;
  readonly sql: string;
  readonly named: readonly NamedTable[];
  readonly period: Period;
  readonly folder: string;
}

async function query(request: Query): Promise<void> {
  const { connection, sql, folder, json, csv } = request;
  await loadTables(request);
  await confineTo(connection, folder);
  const result = await connection.stream(sql).catch((cause: unknown) => {
    throw new UsageError(`DuckDB does not take the query: ${(cause as Error).message}`);
  });
  await writeRows(result, json ? 'json' : csv ? 'csv' : 'table');
}
