import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

/** In files named `…-thread.ts`: what a worker thread starts from. */
const workerUrl = /new URL\('\.\/([\w-]+)\.ts', import\.meta\.url\)/g;

/**
 * Lets `new Worker(new URL('./x-worker.ts', import.meta.url))` find `x-worker.mjs` beside the bundle. `found` is called
 * with the worker's name and source file, which is to be bundled to there.
 */
export function workersBeside(found: (name: string, entry: string) => void): Plugin {
  return {
    name: 'workers-beside',
    setup({ onLoad }) {
      onLoad({ filter: /-thread\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const contents = source.replace(workerUrl, (_whole, name: string) => {
          found(name, resolve(dirname(path), `${name}.ts`));
          return `new URL('./${name}.mjs', import.meta.url)`;
        });
        return { contents, loader: 'ts' };
      });
    },
  };
}
