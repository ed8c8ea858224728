import type { Command } from 'commander';
import { configFileInUse, readStage } from '../../infra/build/stage.ts';
import type { LocalStage } from '../../infra/local/stage.ts';
import { runJob } from '../job-process.ts';
import { auditRowsOption, configOption, jsonOption, print } from '../options.ts';
import { createProgress } from '../progress.ts';
import { demoStage, startDemo } from '../target.ts';

interface UpOptions {
  readonly json: boolean;
  readonly config?: string;
  readonly auditRows?: number;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('start the embedded stack, print the environment to use, run until interrupted')
    .addOption(auditRowsOption())
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample, in two terminals:\n  nightshift up\n  (paste what it prints)  nightshift run snapshot-export',
    )
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const config = await readStage({ stage: demoStage, configFile: options.config ?? configFileInUse() });
  const interrupted = waitForInterrupt();
  const started: { local?: LocalStage } = {};
  const deliver = (job: string, event: unknown) => runForEvent(started.local, job, event);
  const local = await startDemo(config, createProgress(options), { auditRows: options.auditRows, deliver });
  started.local = local;
  try {
    print(options, { environment: local.environment, databases: addresses(local) }, () => describe(local));
    await interrupted;
    process.stderr.write('Stopping …\n');
  } finally {
    await local.stop();
  }
}

/** What EventBridge and Lambda do: an event that matches a function's rule starts it. Its log goes to standard error. */
async function runForEvent(local: LocalStage | undefined, job: string, event: unknown): Promise<void> {
  if (!local) throw new Error(`An event for ${job} came before the stack was ready.`);
  await runJob({
    job,
    functionName: local.names.functionName(job),
    event,
    environment: local.environment,
    onLog: ({ raw }) => process.stderr.write(`${raw}\n`),
  });
}

function waitForInterrupt(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

function addresses(local: LocalStage) {
  return local.databases.map(({ name, instance, jobPassword }) => ({
    name,
    url: `postgresql://nightshift:${jobPassword}@${instance.host}:${instance.port}/${String(instance.masterConnection.database)}?sslmode=verify-full&sslrootcert=${local.environment.NIGHTSHIFT_CA_FILE}`,
  }));
}

function describe(local: LocalStage): string {
  const environment = { ...local.environment, NIGHTSHIFT_STAGE: demoStage };
  return [
    '',
    '# Paste this into another terminal:',
    ...Object.entries(environment).map(([key, value]) => `export ${key}='${value}'`),
    '',
    ...addresses(local).map(({ name, url }) => `# ${name}: psql '${url}'`),
    `# S3 objects lie in ${local.stack.s3Folder}`,
    '# Ctrl-C stops everything and removes the databases.',
  ].join('\n');
}
