import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Metafile, transform } from 'esbuild';
import { bundledInputs, packageOf } from './sizes.ts';

/** What one package of the AWS SDK gives to a bundle. */
export interface AwsImport {
  readonly from: string;
  /** Names that Nightshift's own files import, at once or later: `RDSClient`, `CopyDBSnapshotCommand`, … */
  readonly names: readonly string[];
  /** True where something, a library among them, imports the package only on its first use. */
  readonly lazy: boolean;
}

/** What a bundle takes from the AWS SDK, package by package in alphabetical order. */
export async function awsImports(metafile: Metafile, projectRoot = process.cwd()): Promise<AwsImport[]> {
  const found = new Map<string, { names: Set<string>; lazy: boolean }>();
  const at = (from: string) => {
    const entry = found.get(from) ?? { names: new Set<string>(), lazy: false };
    found.set(from, entry);
    return entry;
  };
  for (const file of bundledFiles(metafile)) {
    for (const from of lazyImports(metafile, file)) at(from).lazy = true;
    if (packageOf(file) !== 'nightshift') continue;
    for (const [from, names] of await importedNames(resolve(projectRoot, file)))
      for (const name of names) at(from).names.add(name);
  }
  return [...found]
    .map(([from, { names, lazy }]) => ({ from, names: [...names].sort(), lazy }))
    .sort((a, b) => (a.from < b.from ? -1 : 1));
}

/** Nightshift's own files and the packages around it, without the inside of the AWS SDK. */
function bundledFiles(metafile: Metafile): string[] {
  return bundledInputs(metafile)
    .map(([file]) => file)
    .filter((file) => !/^@(aws-sdk|smithy)\//.test(packageOf(file)));
}

function lazyImports(metafile: Metafile, file: string): string[] {
  const imports = metafile.inputs[file]?.imports ?? [];
  return imports.flatMap(({ kind, original = '' }) =>
    kind === 'dynamic-import' && original.startsWith('@aws-sdk/') ? [original] : [],
  );
}

const atOnce = /import\s*\{([^}]*)\}\s*from\s*"(@aws-sdk\/[^"]+)"/g;
const onFirstUse = /const\s*\{([^}]*)\}\s*=\s*await\s+import\(\s*"(@aws-sdk\/[^"]+)"\s*\)/g;

/** esbuild drops the types, so that only what runs is left to be read. */
async function importedNames(file: string): Promise<[string, string[]][]> {
  const { code } = await transform(await readFile(file, 'utf8'), { loader: 'ts' });
  const statements = [...code.matchAll(atOnce), ...code.matchAll(onFirstUse)];
  return statements.map(([, names = '', from = '']) => [
    from,
    names
      .split(',')
      .map((name) => name.trim().split(/\s+as\s+|\s*:\s*/)[0] ?? '')
      .filter((name) => name !== ''),
  ]);
}
