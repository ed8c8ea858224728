import { existsSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Benchmark, BenchmarkDocument } from './benchmark.ts';
import { resultTable } from './table.ts';

const folder = new URL('.', import.meta.url);
const names = readdirSync(folder).filter((name) => existsSync(new URL(`${name}/benchmark.ts`, folder)));

process.exitCode = await main(process.argv.slice(2));

/** 0 where everything wanted is met, 1 where something is not, 2 for bad usage. */
async function main(args: readonly string[]): Promise<number> {
  const { positionals, values } = readArguments(args);
  const [name, ...others] = positionals;
  if (values.help) return usage(console.log, 0);
  if (name === undefined || others.length > 0 || !names.includes(name)) return usage(console.error, 2);
  const { run } = await load(name);
  const rows = values.rows === undefined ? undefined : Number(values.rows);
  if (rows !== undefined && !(Number.isSafeInteger(rows) && rows > 0)) return usage(console.error, 2);
  const results = await run((line) => console.error(line), { rows, long: values.long ?? false });
  const document: BenchmarkDocument = { benchmark: name, results };
  console.log(values.json ? JSON.stringify(document, undefined, 2) : resultTable(results));
  return results.some(({ met }) => met === false) ? 1 : 0;
}

function readArguments(args: readonly string[]) {
  try {
    const flag = { type: 'boolean' } as const;
    const options = { json: flag, help: flag, long: flag, rows: { type: 'string' } } as const;
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    console.error((error as Error).message);
    return {
      positionals: [],
      values: {} as { json?: boolean; help?: boolean; long?: boolean; rows?: string },
    };
  }
}

async function load(name: string): Promise<Benchmark> {
  const module = (await import(new URL(`${name}/benchmark.ts`, folder).href)) as { benchmark: Benchmark };
  return module.benchmark;
}

async function usage(print: (line: string) => void, exitCode: number): Promise<number> {
  print('Usage: npm run bench -- NAME [--rows N] [--long] [--json]\n');
  for (const name of names) print(`  ${name.padEnd(14)} ${(await load(name)).summary}`);
  print(
    '\nExits 1 when something wanted is not met. --json prints one document, with progress on standard error.',
  );
  return exitCode;
}
