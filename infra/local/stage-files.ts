import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StageConfig } from '../../shared/config/schema.ts';

export interface StageFilesRequest {
  readonly folder: string;
  readonly stage: string;
  readonly config: StageConfig;
  readonly certificatePem: string;
}

/** Writes what the build lays beside a bundle, and answers the environment that names it. */
export async function stageFiles({ folder, stage, config, certificatePem }: StageFilesRequest) {
  await mkdir(folder, { recursive: true });
  const stageFile = join(folder, 'nightshift.config.json');
  const caFile = join(folder, 'rds-ca.pem');
  await writeFile(stageFile, JSON.stringify({ stage, config }));
  await writeFile(caFile, certificatePem);
  return { NIGHTSHIFT_STAGE_FILE: stageFile, NIGHTSHIFT_CA_FILE: caFile };
}
