import { existsSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseResult, type IModule } from 'dependency-cruiser';
import extractRules from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { impurities } from './pure-modules.ts';

export interface ImportCheck {
  /** How many source files were looked at. */
  readonly fileCount: number;
  /** One line for each fault, with the rule that it breaks. */
  readonly faults: readonly string[];
}

const rulesFile = fileURLToPath(new URL('../../.dependency-cruiser.mjs', import.meta.url));
const sourceFolders = ['functions', 'shared', 'infra', 'cli'];

/** Holds a project's imports against the rules. Throws when a source file was not seen, which would hide its faults. */
export async function checkImports(projectRoot: string): Promise<ImportCheck> {
  const folders = sourceFolders.filter((folder) => existsSync(join(projectRoot, folder)));
  const { modules, summary } = await cruiseProject(projectRoot, folders);
  const files = await sourceFiles(projectRoot, folders);
  const seen = new Set(modules.map(({ source }) => source));
  const unseen = files.filter((file) => !seen.has(file));
  if (files.length === 0 || unseen.length > 0) {
    throw new Error(
      `Of ${files.length} source files in ${projectRoot}, ${unseen.length} were not seen, so nothing is known of their imports: ` +
        `${unseen.slice(0, 5).join(', ') || 'there are none'}. Does dependency-cruiser still parse TypeScript?`,
    );
  }
  const broken = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} imports ${to}`);
  const impure = await impurities(projectRoot, modules);
  return { fileCount: files.length, faults: [...broken, ...impure].sort() };
}

async function cruiseProject(
  projectRoot: string,
  folders: readonly string[],
): Promise<{ modules: IModule[]; summary: ICruiseResult['summary'] }> {
  const { options, forbidden = [] } = await extractRules(rulesFile);
  const { output } = await cruise([...folders], {
    ...options,
    baseDir: projectRoot,
    validate: true,
    ruleSet: { forbidden },
  });
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered in words: ${output}`);
  return output;
}

async function sourceFiles(projectRoot: string, folders: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const folder of folders) {
    for await (const file of glob(join(projectRoot, folder, '**/*.ts')))
      files.push(relative(projectRoot, file));
  }
  return files;
}
