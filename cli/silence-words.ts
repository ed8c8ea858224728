import { type Severity, severities } from '../shared/alarm/severity.ts';
import type { Silence } from '../shared/alarm/silence.ts';
import { UsageError } from './failure.ts';
import { readMoment } from './moment.ts';

/** What somebody asks for at the command line. */
export interface SilenceWords {
  readonly from?: string;
  readonly until: string;
  readonly why: string;
  readonly alarms?: readonly string[];
  readonly databases?: readonly string[];
  readonly severities?: readonly string[];
}

interface Known {
  readonly databases: readonly string[];
  readonly now: Date;
}

/** The silence that the words ask for. Throws UsageError. */
export function readSilence(words: SilenceWords, { databases, now }: Known): Silence {
  const from = words.from === undefined ? undefined : momentOf('--from', words.from, now);
  return {
    ...(from === undefined ? {} : { from }),
    until: endOf(words.until, from === undefined ? now : new Date(from), now),
    why: oneLine('--why', words.why, longestWhy),
    ...(words.alarms ? { alarms: words.alarms.map((name) => oneLine('--alarms', name, longestName)) } : {}),
    ...(words.databases ? { databases: knownDatabases(words.databases, databases) } : {}),
    ...(words.severities ? { severities: words.severities.map(knownSeverity) } : {}),
  };
}

/** People read it in a message. */
const longestWhy = 300;
/** As long as CloudWatch lets a name be. */
const longestName = 255;
const longestDays = 30;
const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Relative ones count from `base`. */
function momentOf(option: string, text: string, base: Date): string {
  const [, amount, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const at =
    amount && unit
      ? new Date(base.getTime() + Number(amount) * units[unit as keyof typeof units]).toISOString()
      : readMoment(text);
  if (at !== undefined) return at;
  throw new UsageError(
    `${option} takes a time with its zone such as 2026-11-21T22:00:00Z or 2026-11-21T23:00+01:00, or 90m, 2h, 3d, not ${shown(text)}.`,
  );
}

/** A silence that never ends is an alarm that is lost. */
function endOf(text: string, from: Date, now: Date): string {
  const until = momentOf('--until', text, from);
  if (Date.parse(until) <= now.getTime()) throw new UsageError(`--until is over already: ${until}.`);
  if (Date.parse(until) <= from.getTime())
    throw new UsageError(`--until ${until} is not after --from ${from.toISOString()}.`);
  if (Date.parse(until) <= now.getTime() + longestDays * units.d) return until;
  throw new UsageError(
    `--until lies more than ${longestDays} days ahead. What is to be quiet for longer belongs into the config, where people see it.`,
  );
}

function oneLine(option: string, text: string, most: number): string {
  const given = text.trim();
  if (given === '') throw new UsageError(`${option} is empty.`);
  if (given.length > most)
    throw new UsageError(`${option} takes ${most} characters at most, not ${given.length}.`);
  if (/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(given))
    throw new UsageError(`${option} takes one line without control characters, not ${shown(given)}.`);
  return given;
}

function knownDatabases(given: readonly string[], known: readonly string[]): readonly string[] {
  const unknown = given.filter((name) => !known.includes(name));
  if (unknown.length === 0) return given;
  throw new UsageError(
    `The config has no database ${unknown.map(shown).join(', ')}. It has: ${known.join(', ')}.`,
  );
}

function knownSeverity(given: string): Severity {
  const found = severities.find((severity) => severity === given);
  if (found) return found;
  throw new UsageError(`There is no severity ${shown(given)}. There is: ${severities.join(', ')}.`);
}

const shown = (text: string) => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
