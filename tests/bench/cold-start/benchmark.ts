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

type Variant = keyof Variants['files'];

/** Milliseconds of one fresh process: for the import alone, and from the start of the process until it is done. */
interface Start {
  readonly importMs: number;
  readonly readyMs: number;
}

async function measure({ job, sizeBytes, files }: Variants): Promise<Measurement[]> {
  const starts = await startInTurns(files);
  const ready = (variant: Variant) => median(starts[variant].map(({ readyMs }) => readyMs));
  const imported = (variant: Variant) => median(starts[variant].map(({ importMs }) => importMs));
  const importAlone = shown(`${job}: of that, the import`, imported('built'), 'ms');
  return [
    atMostTimes(shown(`${job}: process ready`, ready('built'), 'ms'), ready('clients'), wantedRatio),
    { ...importAlone, against: imported('clients'), ratio: imported('built') / imported('clients') },
    shown(`${job}: ready with its AWS clients alone`, ready('clients'), 'ms'),
    shown(`${job}: ready with an empty handler`, ready('empty'), 'ms'),
    atMost(`${job}: bundle, minified`, sizeBytes / 1e6, 'MB', wantedMegabytes),
  ];
}

/** In turns, so that whatever slows the machine for a while slows all three. */
async function startInTurns(files: Variants['files']): Promise<Record<Variant, Start[]>> {
  const starts: Record<Variant, Start[]> = { built: [], clients: [], empty: [] };
  for (let round = 0; round < rounds; round += 1) {
    starts.built.push(await start(files.built));
    starts.clients.push(await start(files.clients));
    starts.empty.push(await start(files.empty));
  }
  return starts;
}

async function start(file: string): Promise<Start> {
  const { stdout } = await execute(process.execPath, [probe, file], {
    env: { PATH: process.env.PATH, NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  return JSON.parse(stdout) as Start;
}
