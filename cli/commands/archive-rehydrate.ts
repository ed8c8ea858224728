import type { Command } from 'commander';
import { madeName } from '../../functions/audit-archive/made-names.ts';
import { type LoadedFile, rehydrate } from '../../shared/archive/rehydrate.ts';
import { planRehydration, type RehydrationPlan } from '../../shared/archive/rehydration-plan.ts';
import { formatTableName } from '../../shared/config/table-name.ts';
import { type ArchiveContext, type ArchiveOptions, readTableName, withArchive } from '../archive-context.ts';
import { print } from '../options.ts';
import { fromOption, type Period, readPeriod, toOption } from '../period.ts';
import { withTemporaryFolder } from '../temporary-folder.ts';
import { formatBar, formatBytes, formatCount } from '../units.ts';

interface RehydrateOptions extends ArchiveOptions, Period {
  readonly table: string;
  readonly into?: string;
  readonly dryRun: boolean;
}

export function addArchiveRehydrate(archive: Command): Command {
  return archive
    .command('rehydrate')
    .description('load archived rows back into the database')
    .requiredOption('--table <name>', 'the table that they came from, as SQL writes it')
    .option(
      '--into <name>',
      'the table that they go into (default: <table>_rehydrated, made where it is not there)',
    )
    .addOption(fromOption())
    .addOption(toOption())
    .option('--dry-run', 'say what would be loaded, and load nothing', false)
    .addHelpText(
      'after',
      `
Examples:
  nightshift archive rehydrate --table public.audit_log --from 2024-01-01 --to 2024-02-01 --dry-run
  nightshift archive rehydrate --table 'oddities."Order Line"' --into public.orders_of_2023 --to 2024-01-01

Each file is loaded in one transaction and remembered: started again, it goes on, and loads nothing twice. Rows stay in
the archive. They are not loaded into the table that they came from, which would be archived once more.`,
    )
    .action(async (options: RehydrateOptions) => {
      const { spelled: _, ...table } = readTableName(options.table);
      const given = options.into === undefined ? undefined : readTableName(options.into);
      const into = given ?? { schema: table.schema, name: madeName(table.name, '_rehydrated') };
      const request = { table, into: { schema: into.schema, name: into.name }, ...readPeriod(options) };
      await withArchive(options, (opened) => run(opened, options, request));
    });
}

type Asked = Pick<Parameters<typeof planRehydration>[0], 'table' | 'into' | 'from' | 'to'>;

async function run(archive: ArchiveContext, options: RehydrateOptions, asked: Asked): Promise<void> {
  const request = { ...asked, s3: archive.s3, connect: archive.connect };
  const plan = await planRehydration(request);
  const { creates, files, columns } = plan;
  const about = { table: formatTableName(asked.table), into: formatTableName(asked.into), creates };
  const { omitted, hashed, generated } = columns;
  const planned = { ...about, from: asked.from ?? null, to: asked.to ?? null, omitted, hashed, generated };
  if (options.dryRun) {
    const named = files.map(({ key, rows, bytes, oldest, newest }) => ({ key, rows, bytes, oldest, newest }));
    print(options, { dryRun: true, ...planned, files: named }, () => describePlan(planned, plan));
    return;
  }
  const loaded = await archive.progress.task(`Load ${formatCount(files.length)} files`, (say) =>
    withTemporaryFolder((folder) =>
      rehydrate({ ...request, folder, onFile: (done, of) => say(`${formatBar((done / of) * 100)}`) }, plan),
    ),
  );
  const rows = loaded.reduce((sum, file) => sum + file.rows, 0);
  print(options, { dryRun: false, ...planned, rows, files: loaded }, () =>
    [describeLoaded(planned, loaded, rows), ...describeColumns(plan)].join('\n'),
  );
}

interface Planned {
  readonly table: string;
  readonly into: string;
  readonly creates: boolean;
}

function describePlan({ table, into, creates }: Planned, plan: RehydrationPlan): string {
  const rows = plan.files.reduce((sum, file) => sum + file.rows, 0);
  const bytes = plan.files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
  return [
    `Would load up to ${formatCount(rows)} rows of ${table} from ${formatCount(plan.files.length)} files (${formatBytes(bytes)}) into ${into}${creates ? ', which would be made' : ''}. Nothing was changed.`,
    ...describeColumns(plan),
  ].join('\n');
}

function describeLoaded(
  { table, into, creates }: Planned,
  loaded: readonly LoadedFile[],
  rows: number,
): string {
  const before = loaded.filter(({ loadedBefore }) => loadedBefore).length;
  return [
    `Loaded ${formatCount(rows)} rows of ${table} from ${formatCount(loaded.length - before)} files into ${into}${creates ? ', which was made' : ''}.`,
    ...(before > 0 ? [`${formatCount(before)} files had been loaded before.`] : []),
  ].join('\n');
}

/** What does not come back as it was. */
function describeColumns({ columns, files }: RehydrationPlan): string[] {
  const { omitted, hashed, generated } = columns;
  const missing = omitted.map(
    ({ name, files: count }) =>
      `Note: ${name} is not in ${formatCount(count)} of ${formatCount(files.length)} files: the policy left it out, or the table got it later. It is NULL, or the table's default.`,
  );
  return [
    ...missing,
    ...hashed.map(
      (name) => `Note: ${name} holds the SHA-256 of each value: the values themselves were not archived.`,
    ),
    ...generated.map((name) => `Note: ${name} is computed by the table itself, and was not loaded.`),
  ];
}
