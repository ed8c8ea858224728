import type { Command } from 'commander';
import { tablePrefix } from '../../shared/archive/archive-key.ts';
import { readBatches } from '../../shared/archive/archive-ledger.ts';
import { athenaName, athenaTable } from '../../shared/archive/athena-table.ts';
import { isFileBatch } from '../../shared/archive/check-file.ts';
import { readFileColumns } from '../../shared/archive/read-file-columns.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { type ArchiveContext, type ArchiveOptions, readTableName, withArchive } from '../archive-context.ts';
import { print } from '../options.ts';

interface AthenaOptions extends ArchiveOptions {
  readonly table: string;
}

export function addArchiveAthena(archive: Command): Command {
  return archive
    .command('athena-ddl')
    .description('the archive as a table of Amazon Athena: prints the statement that makes it')
    .requiredOption('--table <name>', 'the table, as SQL writes it')
    .addHelpText(
      'after',
      `
Example:
  nightshift archive athena-ddl --table public.audit_log --stage prod > audit_log.sql

Columns are those of the newest file. Partitions need no ALTER TABLE and no crawler: Athena works them out, for the
years from the oldest archived row to ten years from now.`,
    )
    .action((options: AthenaOptions) => {
      readTableName(options.table);
      return withArchive(options, (opened) => printTable(opened, options));
    });
}

/** Athena looks for partitions up to then without being told. */
const yearsToCome = 10;

async function printTable(archive: ArchiveContext, options: AthenaOptions): Promise<void> {
  const { s3, bucket, database, settings, connect } = archive;
  const { schema, name, spelled } = readTableName(options.table);
  const files = (await connect((client) => readBatches(client, { policies: [spelled] }))).filter(isFileBatch);
  const newest = files.at(-1);
  if (!newest) {
    throw new PreconditionError(
      `The ledger names no file of ${spelled}. See \`nightshift archive stats\` for what is archived, and where.`,
    );
  }
  const prefix = tablePrefix({ prefix: settings.archivePrefix, database, schema, table: name });
  const ddl = athenaTable({
    table: { schema, name },
    columns: await readFileColumns(s3, newest),
    location: `s3://${bucket}/${prefix}`,
    years: yearsOf(files.map(({ key }) => key)),
  });
  print(options, { table: spelled, athenaTable: athenaName({ schema, name }), ddl }, () => ddl);
}

/** Rows of before our era lie under year 0, where Athena does not look. */
function yearsOf(keys: readonly string[]): [number, number] {
  const thisYear = new Date().getUTCFullYear();
  const years = keys.map((key) => Number(/\/year=(\d+)\//.exec(key)?.[1])).filter((year) => year > 0);
  return [Math.min(thisYear, ...years), Math.max(thisYear + yearsToCome, ...years)];
}
