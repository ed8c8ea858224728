import type { Command } from 'commander';
import { configOption, databaseOption, jsonOption, stageOption } from '../options.ts';
import { addArchiveQuery } from './archive-query.ts';
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
  for (const add of [addArchiveQuery, addArchiveStats, addArchiveVerify]) {
    add(archive)
      .addOption(databaseOption())
      .addOption(stageOption())
      .addOption(configOption())
      .addOption(jsonOption())
      .exitOverride();
  }
}
