import { realpath } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { type FoundWorker, workersBeside } from './workers.ts';

export interface BundleRequest {
  /** The folder that paths in the bundle are relative to, so that two checkouts give the same bytes. */
  readonly projectRoot: string;
  readonly entry: string;
  readonly outFile: string;
}

export interface BundlesRequest {
  readonly projectRoot: string;
  readonly outDir: string;
  /** Source files by what becomes of them: `a-job/handler` is written as `a-job/handler.mjs`. */
  readonly entries: ReadonlyMap<string, string>;
}

// Packages that are still CommonJS (pg among them) call `require` for Node's own modules.
const requireForCommonJs =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/**
 * One ESM file for Node 24, minified, with everything in it, the AWS SDK too; the source map lies beside it, unlinked.
 * A worker thread that it starts is a file of its own in the same folder.
 */
export async function bundle({ projectRoot, entry, outFile }: BundleRequest): Promise<Metafile> {
  const name = basename(outFile, extname(outFile));
  const entries = new Map([[name, entry]]);
  const metafiles = await bundleEach({ projectRoot, outDir: dirname(outFile), entries });
  return metafileOf(metafiles, name);
}

/** As `bundle`, all at once and with nothing in common: what several of them take is read and parsed only once. */
export async function bundleEach({
  projectRoot,
  outDir,
  entries,
}: BundlesRequest): Promise<ReadonlyMap<string, Metafile>> {
  const found: FoundWorker[] = [];
  const { metafile } = await build({
    absWorkingDir: projectRoot,
    entryPoints: [...entries].map(([name, entry]) => ({ in: entry, out: name })),
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
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
    plugins: [workersBeside((worker) => found.push(worker))],
  });
  // esbuild names files from where the project really is.
  const root = await realpath(projectRoot);
  const bundled = separate(metafile, { projectRoot: root, outDir, entries });
  const workers = workersOf(bundled, found, root);
  if (workers.size > 0) await bundleEach({ projectRoot, outDir, entries: workers });
  return bundled;
}

export function metafileOf(metafiles: ReadonlyMap<string, Metafile>, name: string): Metafile {
  const metafile = metafiles.get(name);
  if (!metafile) throw new Error(`esbuild wrote no bundle ${name}: it wrote ${[...metafiles.keys()]}.`);
  return metafile;
}

/** For each bundle what esbuild says of it alone. */
function separate(
  { inputs, outputs }: Metafile,
  { projectRoot, outDir, entries }: BundlesRequest,
): Map<string, Metafile> {
  return new Map(
    [...entries.keys()].flatMap((name) => {
      const file = relative(projectRoot, join(outDir, `${name}.mjs`));
      const output = outputs[file];
      return output ? [[name, { inputs, outputs: { [file]: output } }] as const] : [];
    }),
  );
}

/** The workers that each bundle's threads start from, beside it. */
function workersOf(
  bundled: ReadonlyMap<string, Metafile>,
  found: readonly FoundWorker[],
  projectRoot: string,
): Map<string, string> {
  const workers = new Map<string, string>();
  for (const [name, { outputs }] of bundled) {
    const inputs = new Set(Object.values(outputs).flatMap((output) => Object.keys(output.inputs)));
    for (const { worker, entry, thread } of found)
      if (inputs.has(relative(projectRoot, thread))) workers.set(join(dirname(name), worker), entry);
  }
  return workers;
}
