import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assemble } from '../../../infra/build/assemble.ts';
import { type AwsImport, awsImports } from '../../../infra/build/aws-imports.ts';
import { bundle } from '../../../infra/build/bundle.ts';
import { findJobs } from '../../../infra/build/jobs.ts';
import { defaultConfigFile } from '../../../infra/build/stage.ts';

/** The modules of one job that are imported side by side. */
export interface Variants {
  readonly job: string;
  readonly sizeBytes: number;
  /** Paths of modules: the built bundle, one of nothing but its AWS clients, and an empty handler. */
  readonly files: { readonly built: string; readonly clients: string; readonly empty: string };
}

/** Builds every job as it is deployed, and what it is compared with, into a folder inside of the project. */
export async function buildVariants(projectRoot: string, folder: string): Promise<Variants[]> {
  const empty = join(folder, 'empty.mjs');
  await writeFile(empty, 'export const handler = async () => undefined;\n');
  const { jobs } = await assemble({
    stage: 'demo',
    configFile: defaultConfigFile,
    outDir: join(folder, 'built'),
    jobs: await findJobs(projectRoot),
    projectRoot,
  });
  return Promise.all(
    jobs.map(async ({ job, file, sizeBytes, metafile }) => {
      const entry = join(folder, `${job}-clients.ts`);
      const clients = join(folder, `${job}-clients.mjs`);
      await writeFile(entry, clientsModule(await awsImports(metafile, projectRoot)));
      await bundle({ projectRoot, entry, outFile: clients });
      return { job, sizeBytes, files: { built: file, clients, empty } };
    }),
  );
}

/**
 * Nothing but the clients and commands that the job has, as a handler imports them that takes no care when; what a
 * library loads by itself, later, is loaded later here too.
 */
export function clientsModule(imports: readonly AwsImport[]): string {
  const named = imports.filter(({ names }) => names.length > 0);
  const lazy = imports.filter(({ lazy }) => lazy);
  return [
    ...named.map(({ from, names }) => `import { ${names.join(', ')} } from '${from}';`),
    `export const used = [${named.flatMap(({ names }) => names).join(', ')}];`,
    `export const later = [${lazy.map(({ from }) => `() => import('${from}')`).join(', ')}];`,
    '',
  ].join('\n');
}
