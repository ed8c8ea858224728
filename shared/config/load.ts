import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import { describeIssues } from '../job/describe-issues.ts';
import { ConfigError } from '../job/errors.ts';
import { withCaFilesOf } from './ca-files.ts';
import { type StageConfig, stageSchema } from './schema.ts';

const deployedSchema = z.strictObject({ stage: z.string(), config: stageSchema });

export interface Deployed {
  readonly stage: string;
  readonly config: StageConfig;
}

/**
 * Reads the stage's config that the build laid beside the bundle, or the file that `NIGHTSHIFT_STAGE_FILE` names.
 * It is validated again here: what runs may be older than what was built. Throws ConfigError.
 */
export async function loadDeployed(environment: NodeJS.ProcessEnv): Promise<Deployed> {
  const file = environment.NIGHTSHIFT_STAGE_FILE;
  if (!file) {
    throw new ConfigError(
      'NIGHTSHIFT_STAGE_FILE is not set: it names the JSON file of the stage that the build writes.',
    );
  }
  const parsed = deployedSchema.safeParse(await readJson(file), { error: describeIssues.locale });
  if (parsed.success) return { ...parsed.data, config: withCaFilesOf(dirname(file), parsed.data.config) };
  throw new ConfigError(`${file} is not a valid Nightshift stage:\n${describeIssues(parsed.error.issues)}`);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`Cannot read the config in ${file}: ${(cause as Error).message}`, { cause });
  }
}
