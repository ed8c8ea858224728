import type { Metafile } from 'esbuild';
import type { AssembledJob } from './assemble.ts';

/** Bytes of one package in a bundle, after minification. */
export interface PackageSize {
  readonly name: string;
  readonly sizeBytes: number;
}

/** What each npm package, and Nightshift itself, brings to a bundle, largest first. */
export function packageSizes(metafile: Metafile): PackageSize[] {
  const sizes = new Map<string, number>();
  for (const [input, { bytesInOutput }] of bundledInputs(metafile)) {
    const name = packageOf(input);
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  return [...sizes]
    .map(([name, sizeBytes]) => ({ name, sizeBytes }))
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.name < b.name ? -1 : 1));
}

/** The files that a bundle is made of, as far as something of them is left in it. */
export function bundledInputs(metafile: Metafile): [string, { bytesInOutput: number }][] {
  return Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0);
}

/** `@aws-sdk/client-s3` for a file below `node_modules/@aws-sdk/client-s3/`; `nightshift` for the project's own. */
export function packageOf(input: string): string {
  const inside = input.split('node_modules/').at(-1);
  if (inside === undefined || inside === input) return 'nightshift';
  const [scopeOrName = '', name = ''] = inside.split('/');
  return scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName;
}

/** One job's bundle in a few lines for people: its size, and the largest parts of it. */
export function describeBundle({ job, sizeBytes, metafile }: AssembledJob, shown = 8): string {
  const parts = packageSizes(metafile);
  const lines = parts
    .slice(0, shown)
    .map((part) => `${kilobytes(part.sizeBytes).padStart(10)}  ${part.name}`);
  const rest = parts.slice(shown);
  const restBytes = rest.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (rest.length > 0) lines.push(`${kilobytes(restBytes).padStart(10)}  ${rest.length} more`);
  return [`${job}: ${kilobytes(sizeBytes)} minified`, ...lines].join('\n');
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
