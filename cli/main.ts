import { Command, CommanderError } from 'commander';
import { addAlarms } from './commands/alarms.ts';
import { addArchive } from './commands/archive.ts';
import { addBackup } from './commands/backup.ts';
import { addInvoke } from './commands/invoke.ts';
import { addNight } from './commands/night.ts';
import { addRestore } from './commands/restore.ts';
import { addRun } from './commands/run.ts';
import { addSeed } from './commands/seed.ts';
import { addStatus } from './commands/status.ts';
import { addUp } from './commands/up.ts';
import { describeFailure, exitCodeOf, exitCodes } from './failure.ts';
import { fitLines } from './fit-lines.ts';

function buildProgram(): Command {
  const program = new Command('nightshift')
    .description('The night crew for a PostgreSQL database on Amazon RDS.')
    .exitOverride()
    // Options belong to the command that they come after: `restore` and `restore export` both have a --dry-run.
    .enablePositionalOptions()
    .addHelpText(
      'after',
      '\nExamples:\n  nightshift night\n  nightshift run snapshot-export --dry-run\n  nightshift backup list --stage prod',
    )
    .showHelpAfterError('Use --help to see what there is.');
  for (const add of [
    addUp,
    addSeed,
    addNight,
    addRun,
    addInvoke,
    addBackup,
    addRestore,
    addArchive,
    addAlarms,
    addStatus,
  ])
    add(program);
  for (const command of program.commands) command.exitOverride();
  return program;
}

async function main(words: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(words, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    // Commander has said already what is wrong; asking for help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const columns = process.stderr.isTTY ? process.stderr.columns : undefined;
    process.stderr.write(`${fitLines(`nightshift: ${describeFailure(error)}`, columns)}\n`);
    return exitCodeOf(error);
  }
}

// Whoever reads has read enough: `nightshift … | head` is no failure, and what was begun still cleans up after itself.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await main(process.argv.slice(2));
