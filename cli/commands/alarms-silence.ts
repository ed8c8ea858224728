import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Command } from 'commander';
import { readItems } from '../../functions/alarm-fanout/alarm-table.ts';
import { matchesName } from '../../functions/alarm-fanout/matches.ts';
import { describeDeployment } from '../../infra/aws/deployment.ts';
import { findJobs } from '../../infra/build/jobs.ts';
import { severities } from '../../shared/alarm/severity.ts';
import { type Silence, silencesKey } from '../../shared/alarm/silence.ts';
import { type AlarmContext, type AlarmOptions, withAlarms } from '../alarm-context.ts';
import { UsageError } from '../failure.ts';
import { printSentences } from '../options.ts';
import { ownAlarmNames } from '../own-alarms.ts';
import { projectRoot } from '../project-root.ts';
import { describePeriod, describeSilenced, describeSilences, type KnownSilence } from '../show-silences.ts';
import { readSilence, type SilenceWords } from '../silence-words.ts';

type SilenceOptions = AlarmOptions & SilenceWords;

interface StoredSilence extends KnownSilence {
  readonly id: string;
}

export function addAlarmsSilence(alarms: Command): Command {
  return alarms
    .command('silence')
    .description('keeps some alarms quiet until a moment; those still on are told then')
    .requiredOption(
      '--until <time>',
      'its end: a time such as 2026-11-21T22:00:00Z, or how long from its beginning, such as 90m, 2h, 3d',
    )
    .requiredOption('--why <reason>', 'what is told when it is over')
    .option('--from <time>', 'its beginning: a time, or from now, such as 2h (default: now)')
    .option('--alarms <names...>', 'names, * for anything (default: all)')
    .option('--databases <names...>', 'databases of the config (default: all)')
    .option('--severities <names...>', `of ${severities.join(', ')} (default: all)`)
    .addHelpText(
      'after',
      "\nExamples:\n  nightshift alarms silence --databases menotime --alarms '*-cpu' --until 2h --why 'index rebuild' --stage prod\n  nightshift alarms silence --databases menotime --from 2026-11-21T22:00:00Z --until 90m --why 'release 1.4' --stage prod",
    )
    .action((options: SilenceOptions) => withAlarms(options, (context) => silence(context, options)));
}

export function addAlarmsSilences(alarms: Command): Command {
  return alarms
    .command('silences')
    .description('the silences that have not ended: set by hand, and of the config')
    .addHelpText('after', '\nExample:\n  nightshift alarms silences --stage prod')
    .action((options: AlarmOptions) => withAlarms(options, (context) => list(context, options)));
}

export function addAlarmsUnsilence(alarms: Command): Command {
  return alarms
    .command('unsilence')
    .argument('<id>', 'as `nightshift alarms silences` prints it')
    .description('ends a silence that was set by hand')
    .addHelpText('after', '\nExample:\n  nightshift alarms unsilence 1f2e3d4c --stage prod')
    .action((id: string, options: AlarmOptions) =>
      withAlarms(options, (context) => end(context, id, options)),
    );
}

async function silence(context: AlarmContext, options: SilenceOptions): Promise<void> {
  const databases = Object.keys(context.config.databases);
  const made: StoredSilence = {
    id: randomBytes(4).toString('hex'),
    by: userInfo().username,
    ...readSilence(options, { databases, now: new Date() }),
  };
  const unknown = await fitsNoOwn(context, made);
  await context.dynamo.send(
    new PutCommand({
      TableName: context.names.alarmTable,
      Item: {
        pk: silencesKey,
        sk: made.id,
        silence: JSON.stringify(made),
        expiresAt: Math.ceil(Date.parse(made.until) / 1_000),
      },
    }),
  );
  printSentences(options, made, () =>
    [
      `Quiet ${describePeriod(made)}: ${describeSilenced(made)}.`,
      ...unknown.map((name) => `None of the stage’s own alarms is called ${name}: is it spelt right?`),
      `\`nightshift alarms unsilence ${made.id}\` ends it before.`,
    ].join('\n'),
  );
}

/** Those of the names that the stage makes no alarm for; others may ring by them all the same. */
async function fitsNoOwn({ stage, config }: AlarmContext, { alarms = [] }: Silence): Promise<string[]> {
  const own = ownAlarmNames(describeDeployment(stage, config, await findJobs(projectRoot)));
  return alarms.filter((pattern) => !own.some((name) => matchesName([pattern], name)));
}

async function list(context: AlarmContext, options: AlarmOptions): Promise<void> {
  const found = await readAll(context);
  printSentences(options, found, () => describeSilences(found));
}

async function end(context: AlarmContext, id: string, options: AlarmOptions): Promise<void> {
  const ended = /^[0-9a-f]{8}$/.test(id) && (await remove(context, id));
  if (!ended)
    throw new UsageError(
      `There is no silence ${JSON.stringify(id.slice(0, 40))}: see \`nightshift alarms silences\`.`,
    );
  printSentences(
    options,
    { ended: id },
    () => `Ended ${id}. Alarms that it held back are told within five minutes.`,
  );
}

/** Whether there was one. */
async function remove({ dynamo, names }: AlarmContext, id: string): Promise<boolean> {
  const { Attributes } = await dynamo.send(
    new DeleteCommand({
      TableName: names.alarmTable,
      Key: { pk: silencesKey, sk: id },
      ReturnValues: 'ALL_OLD',
    }),
  );
  return Attributes !== undefined;
}

async function readAll({ dynamo, names, alarms }: AlarmContext): Promise<KnownSilence[]> {
  const found: KnownSilence[] = alarms.silences.map((silence) => ({
    ...silence,
    id: null,
    by: 'the config',
  }));
  for await (const { silence: stored } of readItems({ dynamo, name: names.alarmTable }, silencesKey)) {
    found.push(JSON.parse(String(stored)) as StoredSilence);
  }
  return found
    .filter(({ until }) => Date.parse(until) > Date.now())
    .sort((one, other) => Date.parse(one.until) - Date.parse(other.until));
}
