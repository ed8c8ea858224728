import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Command } from 'commander';
import { readItems } from '../../functions/alarm-fanout/alarm-table.ts';
import { type Severity, severities } from '../../shared/alarm/severity.ts';
import { type Silence, silencesKey } from '../../shared/alarm/silence.ts';
import { type AlarmContext, type AlarmOptions, withAlarms } from '../alarm-context.ts';
import { UsageError } from '../failure.ts';
import { print } from '../options.ts';
import { formatTable } from '../table.ts';
import { formatTime } from '../units.ts';

interface SilenceOptions extends AlarmOptions {
  readonly until: string;
  readonly why: string;
  readonly alarms?: string[];
  readonly databases?: string[];
  readonly severities?: string[];
}

interface StoredSilence extends Silence {
  readonly id: string;
  readonly by: string;
}

export function addAlarmsSilence(alarms: Command): Command {
  return alarms
    .command('silence')
    .description('keeps some alarms quiet until a moment; those still on are told then')
    .requiredOption(
      '--until <time>',
      'its end: a time such as 2026-11-21T06:00:00Z, or from now, such as 90m, 2h, 3d',
    )
    .requiredOption('--why <reason>', 'what is told when it is over')
    .option('--alarms <names...>', 'names, * for anything (default: all)')
    .option('--databases <names...>', 'databases of the config (default: all)')
    .option('--severities <names...>', `of ${severities.join(', ')} (default: all)`)
    .addHelpText(
      'after',
      "\nExample:\n  nightshift alarms silence --databases menotime --alarms '*-cpu' --until 2h --why 'index rebuild' --stage prod",
    )
    .action((options: SilenceOptions) => withAlarms(options, (context) => silence(context, options)));
}

export function addAlarmsSilences(alarms: Command): Command {
  return alarms
    .command('silences')
    .description('the silences that have been set by hand and have not ended')
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
  const made: StoredSilence = {
    id: randomBytes(4).toString('hex'),
    by: userInfo().username,
    until: endOf(options.until, new Date()),
    why: options.why,
    ...(options.alarms ? { alarms: options.alarms } : {}),
    ...(options.databases ? { databases: knownDatabases(context, options.databases) } : {}),
    ...(options.severities ? { severities: options.severities.map(knownSeverity) } : {}),
  };
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
  print(
    options,
    made,
    () =>
      `Silenced until ${formatTime(made.until)} as ${made.id}. \`nightshift alarms unsilence ${made.id}\` ends it before.`,
  );
}

async function list(context: AlarmContext, options: AlarmOptions): Promise<void> {
  const found = await readAll(context);
  print(options, found, () => describe(found));
}

async function end(context: AlarmContext, id: string, options: AlarmOptions): Promise<void> {
  const { Attributes } = await context.dynamo.send(
    new DeleteCommand({
      TableName: context.names.alarmTable,
      Key: { pk: silencesKey, sk: id },
      ReturnValues: 'ALL_OLD',
    }),
  );
  if (!Attributes)
    throw new UsageError(`There is no silence ${JSON.stringify(id)}: see \`nightshift alarms silences\`.`);
  print(options, { ended: id }, () => `Ended ${id}. Alarms that it held back are told within five minutes.`);
}

async function readAll({ dynamo, names }: AlarmContext): Promise<StoredSilence[]> {
  const found: StoredSilence[] = [];
  for await (const { silence: stored } of readItems({ dynamo, name: names.alarmTable }, silencesKey)) {
    found.push(JSON.parse(String(stored)) as StoredSilence);
  }
  return found
    .filter(({ until }) => Date.parse(until) > Date.now())
    .sort((one, other) => one.until.localeCompare(other.until));
}

function describe(found: readonly StoredSilence[]): string {
  if (found.length === 0) return 'Nothing is silenced by hand. What the config silences stands there.';
  const rows = found.map(({ id, until, by, why, ...matcher }) => [
    id,
    formatTime(until),
    (matcher.alarms ?? ['all']).join(' '),
    (matcher.databases ?? ['all']).join(' '),
    (matcher.severities ?? ['all']).join(' '),
    by,
    why,
  ]);
  return formatTable(['id', 'until', 'alarms', 'databases', 'severities', 'by', 'why'], rows);
}

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const longestDays = 30;

/** A silence that never ends is an alarm that is lost. */
function endOf(text: string, now: Date): string {
  const [, amount, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const at =
    amount && unit ? now.getTime() + Number(amount) * units[unit as keyof typeof units] : Date.parse(text);
  const isMoment = amount !== undefined || /^\d{4}-\d\d-\d\dT.+(Z|[+-]\d\d:\d\d)$/.test(text);
  if (!isMoment || Number.isNaN(at)) {
    throw new UsageError(
      `--until takes a time such as 2026-11-21T06:00:00Z, or 90m, 2h, 3d, not ${JSON.stringify(text)}.`,
    );
  }
  if (at <= now.getTime()) throw new UsageError(`--until is over already: ${new Date(at).toISOString()}.`);
  if (at > now.getTime() + longestDays * units.d) {
    throw new UsageError(
      `--until lies more than ${longestDays} days ahead. What is to be quiet for longer belongs into the config, where people see it.`,
    );
  }
  return new Date(at).toISOString();
}

function knownDatabases({ config }: AlarmContext, given: readonly string[]): readonly string[] {
  const unknown = given.filter((name) => !Object.hasOwn(config.databases, name));
  if (unknown.length === 0) return given;
  throw new UsageError(
    `The config has no database ${unknown.join(', ')}. It has: ${Object.keys(config.databases).join(', ')}.`,
  );
}

function knownSeverity(given: string): Severity {
  const found = severities.find((severity) => severity === given);
  if (found) return found;
  throw new UsageError(`There is no severity ${JSON.stringify(given)}. There is: ${severities.join(', ')}.`);
}
