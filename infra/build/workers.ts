import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

/** In files named `…-thread.ts`: what a worker thread starts from. */
const workerUrl = /new URL\('\.\/([\w-]+)\.ts', import\.meta\.url\)/g;

export interface FoundWorker {
  /** The file that starts it. */
  readonly thread: string;
  readonly worker: string;
  /** Its source, which is to be bundled beside whatever takes the thread in. */
  readonly entry: string;
}

/**
 * Lets `new Worker(new URL('./x-worker.ts', import.meta.url))` find `x-worker.mjs` beside the bundle.
 */
export function workersBeside(found: (worker: FoundWorker) => void): Plugin {
  return {
    name: 'workers-beside',
    setup({ onLoad }) {
      onLoad({ filter: /-thread\.ts$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const contents = source.replace(workerUrl, (_whole, worker: string) => {
          found({ thread: path, worker, entry: resolve(dirname(path), `${worker}.ts`) });
          return `new URL('./${worker}.mjs', import.meta.url)`;
        });
        return { contents, loader: 'ts' };
      });
    },
  };
}
