import { resolve } from 'node:path';
import type { StageConfig } from './schema.ts';

/** The config with every `caFile` as an absolute path: it is said relative to the folder of the file that says it. */
export function withCaFilesOf(folder: string, config: StageConfig): StageConfig {
  const databases = Object.entries(config.databases).map(([name, database]) => {
    const { caFile } = database;
    return [name, caFile === undefined ? database : { ...database, caFile: resolve(folder, caFile) }];
  });
  return { ...config, databases: Object.fromEntries(databases) };
}
