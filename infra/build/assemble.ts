import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { canonicalJson } from '../../shared/job/canonical-json.ts';
import { bundleEach, metafileOf } from './bundle.ts';
import { handlerOf } from './jobs.ts';
import { layOwnAuthorities } from './own-authorities.ts';
import { rdsCertificateAuthorities } from './rds-ca.ts';
import { readStage } from './stage.ts';

export interface AssembleRequest {
  readonly stage: string;
  readonly configFile: string;
  /** Where the stage's files go; what was there before is removed. */
  readonly outDir: string;
  readonly jobs: readonly string[];
  readonly projectRoot?: string;
}

export interface AssembledJob {
  readonly job: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly metafile: Metafile;
}

export interface Assembled {
  readonly outDir: string;
  readonly configFile: string;
  readonly caFile: string;
  readonly jobs: readonly AssembledJob[];
}

/** What NIGHTSHIFT_STAGE_FILE names in the deployed function: the stage and its config, validated. */
export const stageFile = 'nightshift.config.json';
/** What NIGHTSHIFT_CA_FILE names in the deployed function. */
export const caFile = 'rds-ca.pem';

/**
 * Lays out what a stage deploys: `<job>/handler.mjs` for each job, and the stage's config and the certificate
 * authorities of RDS and those that databases name for themselves, which all jobs share. The same sources and config
 * give the same bytes.
 */
export async function assemble(request: AssembleRequest): Promise<Assembled> {
  const { stage, configFile, jobs, projectRoot = process.cwd() } = request;
  const config = await readStage({ stage, configFile });
  const outDir = resolve(request.outDir);
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  await writeFile(
    join(outDir, stageFile),
    canonicalJson({ stage, config: await layOwnAuthorities(config, outDir) }),
  );
  await writeFile(join(outDir, caFile), rdsCertificateAuthorities());
  return {
    outDir,
    configFile: join(outDir, stageFile),
    caFile: join(outDir, caFile),
    jobs: await assembleJobs(projectRoot, outDir, jobs),
  };
}

async function assembleJobs(
  projectRoot: string,
  outDir: string,
  jobs: readonly string[],
): Promise<AssembledJob[]> {
  const entries = new Map(jobs.map((job) => [`${job}/handler`, handlerOf(projectRoot, job)]));
  const bundles = await bundleEach({ projectRoot, outDir, entries });
  return Promise.all(
    jobs.map(async (job) => {
      const file = join(outDir, job, 'handler.mjs');
      const { size } = await stat(file);
      return { job, file, sizeBytes: size, metafile: metafileOf(bundles, `${job}/handler`) };
    }),
  );
}
