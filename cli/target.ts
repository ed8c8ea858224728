import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rdsCertificateAuthorities } from '../infra/build/rds-ca.ts';
import { configFileInUse, readStage } from '../infra/build/stage.ts';
import type { LocalStage, LocalStageOptions } from '../infra/local/stage.ts';
import { stageFiles } from '../infra/local/stage-files.ts';
import type { StageConfig } from '../shared/config/schema.ts';
import { UsageError } from './failure.ts';
import type { Progress } from './progress.ts';
import { formatCount } from './units.ts';

/** What a command works on: the embedded stack, an endpoint that the environment names, or an AWS account. */
export interface Target {
  readonly kind: 'embedded' | 'endpoint' | 'aws';
  readonly stage: string;
  readonly config: StageConfig;
  /** For the clients of this process and for the processes of jobs. */
  readonly environment: Readonly<Record<string, string>>;
  readonly local?: LocalStage;
  stop(): Promise<void>;
}

export interface TargetOptions {
  readonly stage?: string;
  readonly config?: string;
  readonly auditRows?: number;
}

export const demoStage = 'demo';

/** Where the embedded stack lays the objects of S3, so that exports can be looked at when it has ended. */
export const localFolder = resolve('.nightshift');

export interface Needs {
  /** The command only looks at what is there: a stack of its own, started for it, would be empty. */
  readonly existing?: boolean;
  /** A server for the sinks of alarms in the embedded stack; the command itself starts the functions before it. */
  readonly alarms?: boolean;
}

/**
 * `AWS_ENDPOINT_URL` is used where it is set; without it, the stage `demo` starts the embedded stack, seeded, and any
 * other stage means the AWS account of the environment's credentials. Throws UsageError.
 */
export async function openTarget(
  options: TargetOptions,
  progress: Progress,
  { existing = false, alarms = false }: Needs = {},
): Promise<Target> {
  const stage = options.stage ?? process.env.NIGHTSHIFT_STAGE ?? demoStage;
  const config = await readStage({ stage, configFile: options.config ?? configFileInUse() });
  if (process.env.AWS_ENDPOINT_URL) return endpointTarget(stage, config);
  if (stage !== demoStage) return awsTarget(stage, config);
  if (existing) throw nothingToLookAt();
  const { auditRows } = options;
  const local = await startDemo(config, progress, { auditRows, ...(alarms ? { alarms: {} } : {}) });
  return { kind: 'embedded', stage, config, environment: local.environment, local, stop: () => local.stop() };
}

function nothingToLookAt(): UsageError {
  return new UsageError(
    `There is nothing to look at: AWS_ENDPOINT_URL is not set, and an embedded stack of the stage ${demoStage} would begin empty. Start \`nightshift up\` in another terminal and paste the environment that it prints, or name a deployed stage with --stage.`,
  );
}

/** The embedded stack with its database filled. `s3Folder` outlives it. */
export async function startDemo(
  config: StageConfig,
  progress: Progress,
  {
    auditRows,
    ...options
  }: Pick<LocalStageOptions, 'deliver' | 'alarms'> & { readonly auditRows?: number | undefined } = {},
): Promise<LocalStage> {
  const s3Folder = join(localFolder, 's3');
  await rm(s3Folder, { recursive: true, force: true });
  const local = await progress.task(
    'Start the embedded stack: PostgreSQL, RDS, S3, DynamoDB, SNS',
    async () => {
      // Half of what there is to load: commands that work on AWS, or say how they are used, do without.
      const { startLocalStage } = await import('../infra/local/stage.ts');
      return startLocalStage({ stage: demoStage, config, s3Folder, ...options });
    },
  );
  try {
    await progress.task('Fill the demo database', async (say) => {
      for (const database of local.databases) {
        await database.seed({
          ...(auditRows === undefined ? {} : { auditRows }),
          onProgress: ({ step, auditRows: rows }) =>
            say(rows > 0 ? `${step}: ${formatCount(rows)} audit rows` : step),
        });
      }
    });
    return local;
  } catch (error) {
    await local.stop();
    throw error;
  }
}

async function endpointTarget(stage: string, config: StageConfig): Promise<Target> {
  const { NIGHTSHIFT_STAGE_FILE, NIGHTSHIFT_CA_FILE } = process.env;
  if (NIGHTSHIFT_STAGE_FILE && NIGHTSHIFT_CA_FILE) {
    return { kind: 'endpoint', stage, config, environment: {}, stop: async () => undefined };
  }
  throw new UsageError(
    'AWS_ENDPOINT_URL is set, and NIGHTSHIFT_STAGE_FILE or NIGHTSHIFT_CA_FILE is not. Paste all of what `nightshift up` prints, or unset AWS_ENDPOINT_URL to start the embedded stack.',
  );
}

/** The user's own credentials, and the certificate authorities of Amazon RDS. */
async function awsTarget(stage: string, config: StageConfig): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-stage-'));
  const files = await stageFiles({ folder, stage, config, certificatePem: rdsCertificateAuthorities() });
  const environment = { AWS_REGION: config.region, ...files };
  return {
    kind: 'aws',
    stage,
    config,
    environment,
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}
