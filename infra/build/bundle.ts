import { dirname, join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { workersBeside } from './workers.ts';

export interface BundleRequest {
  /** The folder that paths in the bundle are relative to, so that two checkouts give the same bytes. */
  readonly projectRoot: string;
  readonly entry: string;
  readonly outFile: string;
}

// Packages that are still CommonJS (pg among them) call `require` for Node's own modules.
const requireForCommonJs =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/**
 * One ESM file for Node 24, minified, with everything in it, the AWS SDK too; the source map lies beside it, unlinked.
 * A worker thread that it starts is a file of its own in the same folder.
 */
export async function bundle({ projectRoot, entry, outFile }: BundleRequest): Promise<Metafile> {
  const workers = new Map<string, string>();
  const { metafile } = await build({
    absWorkingDir: projectRoot,
    entryPoints: [entry],
    outfile: outFile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // ES modules first: they can be shaken, the CommonJS builds of the SDK cannot.
    mainFields: ['module', 'main'],
    // pg looks for its optional native binding, and does without.
    external: ['pg-native'],
    sourcemap: 'external',
    banner: { js: requireForCommonJs },
    legalComments: 'none',
    metafile: true,
    logLevel: 'silent',
    plugins: [workersBeside((name, file) => workers.set(name, file))],
  });
  for (const [name, file] of workers) {
    await bundle({ projectRoot, entry: file, outFile: join(dirname(outFile), `${name}.mjs`) });
  }
  return metafile;
}
