import type { Command } from 'commander';
import { seedDemo } from '../../infra/local/demo/seed.ts';
import { UsageError } from '../failure.ts';
import { auditRowsOption, jsonOption, print } from '../options.ts';
import { createProgress } from '../progress.ts';
import { formatCount, formatSeconds } from '../units.ts';

interface SeedCommandOptions {
  readonly json: boolean;
  readonly auditRows?: number;
}

export function addSeed(program: Command): void {
  program
    .command('seed')
    .description("fill the empty database that DATABASE_URL names with the demo's tables")
    .addOption(auditRowsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      "\nExample:\n  DATABASE_URL='postgresql://postgres@127.0.0.1/demo' nightshift seed --audit-rows 1000000\n\n`nightshift up` and `nightshift night` fill a database of their own by themselves.",
    )
    .action(seed);
}

async function seed({ auditRows = 200_000, ...options }: SeedCommandOptions): Promise<void> {
  const connectionString = process.env.DATABASE_URL;
  if (!connectionString) {
    throw new UsageError('DATABASE_URL is not set. It names an empty database and a superuser of it.');
  }
  const from = performance.now();
  await createProgress(options).task('Fill the demo database', (say) =>
    seedDemo({
      connection: { connectionString },
      passwords: {},
      auditRows,
      onProgress: ({ step, auditRows: rows }) =>
        say(rows > 0 ? `${step}: ${formatCount(rows)} audit rows` : step),
    }),
  );
  const seconds = (performance.now() - from) / 1_000;
  print(
    options,
    { auditRows, seconds },
    () => `${formatCount(auditRows)} audit rows and all the rest in ${formatSeconds(seconds)}.`,
  );
}
