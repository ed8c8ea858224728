import { InvalidArgumentError, Option } from 'commander';
import { fitLines } from './fit-lines.ts';

export const jsonOption = () =>
  new Option('--json', 'one JSON document on standard output, progress on standard error').default(false);
export const configOption = () =>
  new Option('--config <file>', 'the config (default: NIGHTSHIFT_CONFIG, else nightshift.config.ts)');
export const stageOption = () =>
  new Option('--stage <name>', 'the stage of the config (default: NIGHTSHIFT_STAGE, else demo)');
export const databaseOption = () =>
  new Option('--database <name>', 'the database, by its name in the config (default: the only one)');

export const auditRowsOption = () =>
  new Option(
    '--audit-rows <count>',
    "rows of the demo's audit log, up to 20000000 (default: 200000)",
  ).argParser(wholeNumber(0, 20_000_000));

function wholeNumber(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
  };
}

/** The one thing that a command writes to standard output. */
export function print(options: { readonly json: boolean }, value: unknown, describe: () => string): void {
  process.stdout.write(options.json ? `${JSON.stringify(value, null, 2)}\n` : `${describe()}\n`);
}

/** As `print`, of sentences: they are broken to fit the terminal, which a table must not be. */
export function printSentences(
  options: { readonly json: boolean },
  value: unknown,
  describe: () => string,
): void {
  print(options, value, () =>
    fitLines(describe(), process.stdout.isTTY ? process.stdout.columns : undefined),
  );
}
