import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atMost, atMostTimes, type Benchmark, type Measurement, median, shown } from '../benchmark.ts';
import { buildVariants, type Variants } from './variants.ts';

const rounds = 20;
const wantedRatio = 1.2;
const wantedMegabytes = 1.35;

const probe = fileURLToPath(new URL('probe.js', import.meta.url));
const execute = promisify(execFile);

export const benchmark: Benchmark = {
  summary: 'what each job adds to the cold start of its AWS clients, and the size of its bundle',
  async run(say) {
    const projectRoot = process.cwd();
    // Inside of the project, so that the comparison finds the same node_modules.
    await mkdir(join(projectRoot, 'dist'), { recursive: true });
    const folder = await mkdtemp(join(projectRoot, 'dist', 'cold-start-'));
    try {
      const results: Measurement[] = [];
      for (const variants of await buildVariants(projectRoot, folder)) {
        say(`${variants.job}: ${rounds} fresh processes each`);
        results.push(...(await measure(variants)));
      }
      return results;
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function measure({ job, sizeBytes, files }: Variants): Promise<Measurement[]> {
  const { built, clients, empty } = await medians(files);
  return [
    atMostTimes(shown(`${job}: import`, built, 'ms'), clients, wantedRatio),
    shown(`${job}: its AWS clients alone`, clients, 'ms'),
    shown(`${job}: empty handler`, empty, 'ms'),
    atMost(`${job}: bundle, minified`, sizeBytes / 1e6, 'MB', wantedMegabytes),
  ];
}

/** In turns, so that whatever slows the machine for a while slows all three. */
async function medians(files: Variants['files']): Promise<Record<keyof Variants['files'], number>> {
  const times = { built: [] as number[], clients: [] as number[], empty: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    times.built.push(await importMilliseconds(files.built));
    times.clients.push(await importMilliseconds(files.clients));
    times.empty.push(await importMilliseconds(files.empty));
  }
  return { built: median(times.built), clients: median(times.clients), empty: median(times.empty) };
}

async function importMilliseconds(file: string): Promise<number> {
  const { stdout } = await execute(process.execPath, [probe, file], {
    env: { PATH: process.env.PATH, NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  return Number(stdout);
}
