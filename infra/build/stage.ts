import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withCaFilesOf } from '../../shared/config/ca-files.ts';
import { chooseStage, parseConfig } from '../../shared/config/define.ts';
import type { StageConfig } from '../../shared/config/schema.ts';
import { ConfigError } from '../../shared/job/errors.ts';

export interface StageChoice {
  readonly stage: string;
  /** A TypeScript or JavaScript module whose default export is the config; relative to the working directory. */
  readonly configFile: string;
}

export const defaultConfigFile = 'nightshift.config.ts';

/** The config file that a build or a packaging uses: what NIGHTSHIFT_CONFIG names, else the project's own. */
export function configFileInUse(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.NIGHTSHIFT_CONFIG || defaultConfigFile;
}

/** Reads and validates one stage of a config file. Throws ConfigError with every fault in it. */
export async function readStage({ stage, configFile }: StageChoice): Promise<StageConfig> {
  const module = await importConfig(configFile);
  const config = chooseStage(parseConfig(module.default, configFile), stage, configFile);
  return withCaFilesOf(dirname(resolve(configFile)), config);
}

async function importConfig(configFile: string): Promise<{ default?: unknown }> {
  try {
    return (await import(pathToFileURL(resolve(configFile)).href)) as { default?: unknown };
  } catch (cause) {
    throw new ConfigError(`Cannot load the config in ${configFile}: ${(cause as Error).message}`, { cause });
  }
}
