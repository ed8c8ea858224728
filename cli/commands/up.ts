import type { Command } from 'commander';
import { configFileInUse, readStage } from '../../infra/build/stage.ts';
import type { LocalStage, LocalStageOptions } from '../../infra/local/stage.ts';
import { registerJobs } from '../invokable-jobs.ts';
import { describeEntry, type JobLogEntry, parseLogLine } from '../job-log.ts';
import { runJob } from '../job-process.ts';
import { auditRowsOption, configOption, jsonOption, print } from '../options.ts';
import { createProgress } from '../progress.ts';
import { describeSinkMessage } from '../show-sink-message.ts';
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
      '\nExample, in two terminals:\n  nightshift up\n  (paste what it prints)  nightshift run snapshot-export\n                          nightshift alarms test --sink chat',
    )
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const config = await readStage({ stage: demoStage, configFile: options.config ?? configFileInUse() });
  const interrupted = waitForInterrupt();
  const started: { local?: LocalStage } = {};
  const deliver = async (job: string, event: unknown) => void (await runForEvent(started.local, job, event));
  const progress = createProgress(options);
  const local = await startDemo(config, progress, { auditRows: options.auditRows, deliver, alarms });
  started.local = local;
  try {
    await registerJobs(local, (job, event) => runForEvent(local, job, event));
    await progress.task('Start the functions that alarms pass through', async () => local.alarms?.start());
    const messages = local.alarms?.sinks.messagesUrl ?? null;
    print(options, { environment: local.environment, databases: addresses(local), messages }, () =>
      describe(local),
    );
    await interrupted;
    process.stderr.write('Stopping …\n');
  } finally {
    await local.stop();
  }
}

/** What people are told of alarms, one line for each message, and what goes wrong on the way. */
const alarms: LocalStageOptions['alarms'] = {
  onMessage: (message) =>
    process.stderr.write(`${message.at.slice(11, 19)} ${describeSinkMessage(message)}\n`),
  onLog: (line) => {
    const entry = parseLogLine(line);
    const { level } = entry.fields;
    if (entry.kind === 'text' || level === 'WARN' || level === 'ERROR') sayEntry(entry);
  },
};

/** `03:02:11 alarm-fanout: Refused  reason=…`: the first line of an entry; metrics are nothing for people. */
function sayEntry(entry: JobLogEntry): void {
  const { timestamp, service } = entry.fields;
  const [said] = describeEntry(entry)?.split('\n') ?? [];
  if (said === undefined) return;
  const from = entry.kind === 'log' ? `${String(timestamp).slice(11, 19)} ${String(service)}: ` : '';
  process.stderr.write(`${from}${said}\n`);
}

/** What EventBridge and Lambda do: an event that matches a function's rule starts it. Its log goes to standard error. */
async function runForEvent(local: LocalStage | undefined, job: string, event: unknown): Promise<unknown> {
  if (!local) throw new Error(`An event for ${job} came before the stack was ready.`);
  return runJob({
    job,
    functionName: local.names.functionName(job),
    event,
    environment: local.environment,
    onLog: sayEntry,
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
    ...(local.alarms
      ? [
          `# What people are told of alarms is a line each below, and stands in full at ${local.alarms.sinks.messagesUrl}`,
        ]
      : []),
    '# Ctrl-C stops everything and removes the databases.',
  ].join('\n');
}
