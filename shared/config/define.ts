import { describeIssues } from '../job/describe-issues.ts';
import { ConfigError } from '../job/errors.ts';
import {
  configSchema,
  type NightshiftConfig,
  type NightshiftConfigInput,
  type StageConfig,
} from './schema.ts';

/** Types the object in `nightshift.config.ts`; it is validated when it is read, by `parseConfig`. */
export function defineConfig(config: NightshiftConfigInput): NightshiftConfigInput {
  return config;
}

/** Validates a whole config and fills in its defaults. Throws ConfigError with every fault at once. */
export function parseConfig(raw: unknown, file: string): NightshiftConfig {
  const parsed = configSchema.safeParse(raw, { error: describeIssues.locale });
  if (parsed.success) return parsed.data;
  throw new ConfigError(`${file} is not a valid Nightshift config:\n${describeIssues(parsed.error.issues)}`);
}

/** The one stage that a deployment is about. Throws ConfigError naming the stages that exist. */
export function chooseStage(config: NightshiftConfig, stage: string, file: string): StageConfig {
  const chosen = Object.hasOwn(config.stages, stage) ? config.stages[stage] : undefined;
  if (chosen) return chosen;
  throw new ConfigError(
    `${file} has no stage "${stage}". It has: ${Object.keys(config.stages).join(', ') || 'none'}.`,
  );
}
