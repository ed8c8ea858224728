import type { Command } from 'commander';
import { configFileInUse, readStage } from '../../infra/build/stage.ts';
import type { LocalStage } from '../../infra/local/stage.ts';
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
  const local = await startDemo(config, createProgress(options), options.auditRows);
  try {
    print(options, { environment: local.environment, databases: addresses(local) }, () => describe(local));
    await interrupted;
    process.stderr.write('Stopping …\n');
  } finally {
    await local.stop();
  }
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
