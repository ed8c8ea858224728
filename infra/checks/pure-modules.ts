import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { IModule } from 'dependency-cruiser';
import { transform } from 'esbuild';

const pureFile = /^functions\/[^/]+\/(plan|report)\.ts$/;
const client = /^node_modules\/(@aws-sdk|@smithy|pg)\/|^shared\/(aws|postgres)\/(?!quote\.ts$)/;

/** What a value that follows from facts alone may not be made of. */
const impure: Record<string, RegExp> = {
  'looks at the environment': /\bprocess\b|\bimport\.meta\b/,
  'reads the clock': /\bDate\.now\b|\bnew Date\b(?!\()|\bperformance\b|\bhrtime\b|\bset(Timeout|Interval)\b/,
  'throws dice': /\bMath\.random\b|\brandom(UUID|Bytes|Int)\b/,
  'uses the network': /\bfetch\(|\bWebSocket\b/,
};

/** What `plan.ts` and `report.ts` use of clients, environment, clock and chance, themselves or by what they import. */
export async function impurities(projectRoot: string, modules: readonly IModule[]): Promise<string[]> {
  const bySource = new Map(modules.map((module) => [module.source, module]));
  const pure = modules.map(({ source }) => source).filter((source) => pureFile.test(source));
  const faults = await Promise.all(
    pure.map(async (file) => {
      const reached = reachedBy(bySource, file);
      const clients = reached.filter((other) => client.test(other)).map((other) => `reaches ${other}`);
      const own = reached.filter((other) => /^(functions|shared)\//.test(other));
      const uses = await Promise.all(own.map((other) => usesOf(projectRoot, other)));
      return [...clients, ...uses.flat()].map((fault) => `plans-and-reports-are-pure: ${file} ${fault}`);
    }),
  );
  return faults.flat();
}

/** The file itself, and all that is loaded with it; an import of types alone loads nothing. */
function reachedBy(modules: ReadonlyMap<string, IModule>, start: string): string[] {
  const reached = new Set([start]);
  for (const file of reached) {
    for (const { resolved, dependencyTypes } of modules.get(file)?.dependencies ?? []) {
      if (!dependencyTypes.includes('type-only')) reached.add(resolved);
    }
  }
  return [...reached];
}

/** esbuild drops types and comments, and writes `new Date()` as `new Date`; names stay what they are. */
async function usesOf(projectRoot: string, file: string): Promise<string[]> {
  const source = await readFile(join(projectRoot, file), 'utf8');
  const { code } = await transform(source, { loader: 'ts', minifyWhitespace: true, legalComments: 'none' });
  const found = Object.entries(impure).filter(([, pattern]) => pattern.test(withoutStrings(code)));
  return found.map(([use]) => `${use}, in ${file}`);
}

/** A word in a message is no use of it. What stands in `${}` of a template is code, and is kept. */
function withoutStrings(code: string): string {
  return code.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
}
