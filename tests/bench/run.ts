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
  const results = await run((line) => console.error(line));
  const document: BenchmarkDocument = { benchmark: name, results };
  console.log(values.json ? JSON.stringify(document, undefined, 2) : resultTable(results));
  return results.some(({ met }) => met === false) ? 1 : 0;
}

function readArguments(args: readonly string[]) {
  try {
    const options = { json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    console.error((error as Error).message);
    return { positionals: [], values: {} as { json?: boolean; help?: boolean } };
  }
}

async function load(name: string): Promise<Benchmark> {
  const module = (await import(new URL(`${name}/benchmark.ts`, folder).href)) as { benchmark: Benchmark };
  return module.benchmark;
}

async function usage(print: (line: string) => void, exitCode: number): Promise<number> {
  print('Usage: npm run bench -- NAME [--json]\n');
  for (const name of names) print(`  ${name.padEnd(14)} ${(await load(name)).summary}`);
  print(
    '\nExits 1 when something wanted is not met. --json prints one document, with progress on standard error.',
  );
  return exitCode;
}
