import { setTimeout as sleepMs } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatTableName } from '../../shared/config/table-name.ts';
import { planRestore, type RestorePlan } from '../../shared/export/restore-plan.ts';
import { type Restored, restoreTable } from '../../shared/export/restore-table.ts';
import { lookAtTarget } from '../../shared/export/target-table.ts';
import { type ThawTier, thawFiles, thawTiers } from '../../shared/export/thaw.ts';
import { readTableName } from '../archive-context.ts';
import { type ExportContext, type ExportOptions, withExports } from '../export-context.ts';
import { configOption, databaseOption, jsonOption, print, stageOption } from '../options.ts';
import { formatBytes, formatCount, formatTime } from '../units.ts';

interface RestoreExportOptions extends ExportOptions {
  readonly table: string;
  readonly into?: string;
  readonly tier: ThawTier;
  readonly dryRun: boolean;
}

/** How long the thawed copies stay: as long as somebody may need to try again. */
const thawedDays = 7;

export function addRestoreExport(restore: Command): void {
  restore
    .command('export <slot>')
    .description('bring an exported table back into the database as it is now')
    .requiredOption('--table <name>', 'the table, as SQL writes it')
    .option(
      '--into <name>',
      'the table that its rows go into (default: the same), made where it is not there',
    )
    .addOption(
      new Option('--tier <tier>', 'how fast Glacier is asked to be: minutes, hours, half a day')
        .argParser(tierOf)
        .default('Standard' satisfies ThawTier, 'standard'),
    )
    .option('--dry-run', 'say what would be loaded, and load nothing', false)
    .addOption(databaseOption())
    .addOption(stageOption())
    .addOption(configOption())
    .addOption(jsonOption())
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  nightshift restore export 2026-01-02 --table public.patients --into public.patients_of_january --stage prod
  nightshift restore export pre-v1.2.3 --table public.users --dry-run

The slot is the night or the label that \`nightshift backup list\` shows. Rows go in by one transaction, never over
rows that are there. A table that is made for them has the columns, types, NOT NULL and primary key of then; its
indexes, defaults and other constraints stand in the export's schema.json. Files in Glacier are thawed first, and
waited for; ended meanwhile, the same command goes on where this one was.`,
    )
    .action((slot: string, options: RestoreExportOptions) =>
      withExports(options, (exports) => run(exports, slot, options)),
    );
}

function tierOf(text: string): ThawTier {
  const tier = thawTiers.find((each) => each.toLowerCase() === text.toLowerCase());
  if (tier) return tier;
  throw new InvalidArgumentError(`It is one of ${thawTiers.join(', ').toLowerCase()}.`);
}

async function run(exports: ExportContext, slot: string, options: RestoreExportOptions): Promise<void> {
  const { spelled: _, ...table } = readTableName(options.table);
  const { spelled: __, ...into } = readTableName(options.into ?? options.table);
  const plan = await planRestore({ ...exports, slot, table, into });
  const { creates } = await exports.connect((client) => lookAtTarget(client, plan));
  const planned = planOf(plan, creates);
  if (options.dryRun) {
    print(options, { dryRun: true, ...planned }, () => describePlan(plan, creates, options.tier));
    return;
  }
  await thaw(exports, plan, options.tier);
  const restored = await exports.progress.task(
    `Load ${formatCount(plan.rows)} rows into ${planned.into}`,
    (say) => restoreTable({ ...exports, onText: everyTenth((bytes) => say(formatBytes(bytes))) }, plan),
  );
  print(options, { dryRun: false, ...planned, ...restored }, () => describeRestored(plan, restored));
}

function planOf(plan: RestorePlan, creates: boolean) {
  const { exportId, slot, snapshotAt, table, into, files, frozen, rows, bytes } = plan;
  return {
    export: exportId,
    slot,
    snapshotAt,
    table: formatTableName(table),
    into: formatTableName(into),
    creates,
    rows,
    bytes,
    files: files.length,
    frozen: frozen.length,
  };
}

/** Says nothing of what has hardly changed. */
function everyTenth(say: (bytes: number) => void): (bytes: number) => void {
  let said = 0;
  return (bytes) => {
    if (bytes < said * 1.1 + 1_000_000) return;
    said = bytes;
    say(bytes);
  };
}

async function thaw({ s3, bucket, progress }: ExportContext, plan: RestorePlan, tier: ThawTier) {
  if (plan.frozen.length === 0) return;
  const title = `Thaw ${formatCount(plan.frozen.length)} files: ${durations[tier]}`;
  await progress.task(title, (say) =>
    thawFiles(
      {
        s3,
        bucket,
        tier,
        days: thawedDays,
        lookEverySeconds: tier === 'Expedited' ? 30 : 300,
        sleep: (seconds) => sleepMs(seconds * 1_000),
        onProgress: (thawed, of) => say(`${formatCount(thawed)} of ${formatCount(of)} can be read`),
      },
      plan.frozen,
    ),
  );
}

const durations: Readonly<Record<ThawTier, string>> = {
  Expedited: 'some minutes',
  Standard: '3 to 5 hours, 12 from Deep Archive',
  Bulk: '5 to 12 hours, 48 from Deep Archive',
};

function describePlan(plan: RestorePlan, creates: boolean, tier: ThawTier): string {
  const { table, into, rows, files, bytes, frozen, snapshotAt } = plan;
  const made = creates ? ', which would be made' : '';
  const thawing =
    frozen.length > 0
      ? ` ${formatCount(frozen.length)} of the files lie in Glacier and would be thawed first (${durations[tier]}).`
      : '';
  return `Would load ${formatCount(rows)} rows of ${formatTableName(table)} as of ${formatTime(snapshotAt)} from ${formatCount(files.length)} files (${formatBytes(bytes)}) into ${formatTableName(into)}${made}.${thawing} Nothing was changed.`;
}

function describeRestored({ table, into, exportId, snapshotAt }: RestorePlan, restored: Restored): string {
  const { rows, created, leftOut } = restored;
  return [
    `Loaded ${formatCount(rows)} rows of ${formatTableName(table)} as of ${formatTime(snapshotAt)} into ${formatTableName(into)}${created ? ', which was made' : ''}: as many as ${exportId} holds.`,
    ...(created
      ? ['Its indexes, defaults and other constraints were not made: schema.json of the export has them.']
      : []),
    ...(leftOut.length > 0
      ? [`Note: ${leftOut.join(', ')} did not come from the export: the table itself fills it, or leaves it.`]
      : []),
  ].join('\n');
}
