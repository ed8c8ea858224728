import type { Command } from 'commander';
import { configOption, databaseOption, jsonOption, stageOption } from '../options.ts';
import { addArchiveAthena } from './archive-athena.ts';
import { addArchiveQuery } from './archive-query.ts';
import { addArchiveRehydrate } from './archive-rehydrate.ts';
import { addArchiveStats } from './archive-stats.ts';
import { addArchiveVerify } from './archive-verify.ts';

export function addArchive(program: Command): void {
  const archive = program
    .command('archive')
    .description('what has been archived')
    .addHelpText(
      'after',
      '\nExamples:\n  nightshift archive stats --stage prod\n  nightshift archive verify --quick --stage prod',
    );
  for (const add of [
    addArchiveStats,
    addArchiveVerify,
    addArchiveQuery,
    addArchiveRehydrate,
    addArchiveAthena,
  ]) {
    add(archive)
      .addOption(databaseOption())
      .addOption(stageOption())
      .addOption(configOption())
      .addOption(jsonOption())
      .exitOverride();
  }
}
