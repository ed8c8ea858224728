import type { Command } from 'commander';
import { type ArchiveVerification, verifyArchive } from '../../shared/archive/verify-archive.ts';
import { type ArchiveContext, type ArchiveOptions, withArchive } from '../archive-context.ts';
import { print } from '../options.ts';
import { formatTable } from '../table.ts';
import { formatBar, formatBytes, formatCount } from '../units.ts';

interface VerifyOptions extends ArchiveOptions {
  readonly quick: boolean;
}

export function addArchiveVerify(archive: Command): Command {
  return archive
    .command('verify')
    .description('hold ledger, chain of manifests and files against each other')
    .option('--quick', 'ask for each file by a head request, instead of reading every value', false)
    .addHelpText(
      'after',
      '\nExamples:\n  nightshift archive verify --stage prod\n  nightshift archive verify --quick --json | jq .faults\n\nExits 1 where anything is wrong. Reading every value fetches every file.',
    )
    .action((options: VerifyOptions) => withArchive(options, (opened) => verify(opened, options)));
}

async function verify(archive: ArchiveContext, options: VerifyOptions): Promise<void> {
  const { quick } = options;
  const title = quick ? 'Ask for every archived file' : 'Read every archived file';
  const verification = await archive.progress.task(title, (say) =>
    verifyArchive({
      ...archive,
      prefix: archive.settings.archivePrefix,
      quick,
      onFile: (done, of) => {
        const steps = archive.progress.live ? 100 : 10;
        if (Math.floor((done / of) * steps) === Math.floor(((done - 1) / of) * steps)) return;
        say(`${formatBar((done / of) * 100)}  ${formatCount(done)} of ${formatCount(of)} files`);
      },
    }),
  );
  print(options, verification, () => describe(verification));
  if (verification.faults.length > 0) {
    throw new Error(
      `${formatCount(verification.faults.length)} ${verification.faults.length === 1 ? 'fault' : 'faults'} in the archive of ${archive.database}. docs/runbooks/audit-archive.md says what to do about each kind.`,
    );
  }
}

function describe(verification: ArchiveVerification): string {
  const { quick, batches, files, rowsInFiles, fileBytes, manifests, newestManifest, faults, notes } =
    verification;
  const looked = quick ? 'their sizes asked for' : 'every value read';
  const summary = [
    `${formatCount(batches)} batches in the ledger, ${formatCount(manifests)} manifests in the chain`,
    `${formatCount(files)} files (${looked}): ${formatCount(rowsInFiles)} rows, ${formatBytes(fileBytes)}`,
    newestManifest
      ? `Newest manifest ${newestManifest.sequence}: sha256 ${newestManifest.sha256}. Hold it against the newest message of audit-archive.`
      : 'No manifest has been written yet.',
  ];
  const table = formatTable(
    ['wrong', 'what', 'why'],
    faults.map(({ kind, what, detail }) => [kind, what, detail]),
  );
  return [
    summary.join('\n'),
    ...(notes.length > 0 ? [notes.map((note) => `Note: ${note}.`).join('\n')] : []),
    faults.length > 0 ? table : 'Nothing is missing, changed or extra.',
  ].join('\n\n');
}
