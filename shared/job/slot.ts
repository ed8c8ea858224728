import { createHash } from 'node:crypto';

/**
 * A slot names a run: the UTC date of a nightly job, or a label given by hand. Whatever is delivered twice falls
 * into the same slot and finds the first one's work.
 */
export type Slot = string;

const datePattern = /^\d{4}-\d{2}-\d{2}$/;
const minutePattern = /^\d{4}-\d{2}-\d{2}-\d{4}$/;
const labelPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** The slot of a nightly run: the UTC date of the moment that started it. */
export function nightSlot(at: Date): Slot {
  return at.toISOString().slice(0, 10);
}

export function isNightSlot(slot: Slot): boolean {
  return datePattern.test(slot);
}

/** The slot of a job that a schedule may start many times a day: the minute of UTC that it is for, `2026-01-02-0600`. */
export function minuteSlot(at: Date): Slot {
  return at.toISOString().slice(0, 16).replace('T', '-').replace(':', '');
}

/** The slot of a run by hand without a label, of such a job: with its seconds, it is none of a schedule's. */
export function secondSlot(at: Date): Slot {
  return minuteSlot(at) + at.toISOString().slice(17, 19);
}

/** Whether it stands for a night, or for a minute that a schedule was for. */
export function isScheduledSlot(slot: Slot): boolean {
  return isNightSlot(slot) || minutePattern.test(slot);
}

/** What is wrong with a label, or undefined: it becomes part of keys and identifiers and must not pass for a night. */
export function labelFault(label: string): string | undefined {
  if (isScheduledSlot(label))
    return 'a label must not look like a date, or a date and a time: those are the slots of scheduled runs';
  if (!labelPattern.test(label))
    return 'a label has 1 to 63 letters, digits, dots, hyphens and underscores, a letter or digit first';
  if (label.includes('.failed-'))
    return 'a label must not hold ".failed-": so the records of failures are named';
  return undefined;
}

export interface IdentifierParts {
  readonly stage: string;
  readonly database: string;
  readonly slot: Slot;
  /** 1 for the first try; a later one takes the place of one that failed for good. */
  readonly attempt: number;
}

const maxLength = 60;

/**
 * The name of everything that AWS keeps for a slot: lower-case, a letter first, single hyphens, at most 60
 * characters (the limit of an export task's identifier, the shortest). What is cut or changed is replaced by a hash,
 * so that no two slots share a name.
 */
export function resourceIdentifier({ attempt, ...parts }: IdentifierParts): string {
  const suffix = attempt > 1 ? `-r${attempt}` : '';
  return identifierWithin(maxLength - suffix.length, 'nightshift', parts) + suffix;
}

/** As `resourceIdentifier`, with a length and a beginning of the caller's own. */
export function identifierWithin(
  longest: number,
  prefix: string,
  { stage, database, slot }: Omit<IdentifierParts, 'attempt'>,
): string {
  const whole = `${prefix}-${stage}-${database}-${slot}`;
  const clean = whole
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/-$/, '');
  // With a hyphen in the stage, nobody could tell where it ends and the database begins.
  const isPlain = isNightSlot(slot) && !stage.includes('-') && clean === whole;
  if (isPlain && clean.length <= longest) return clean;
  const hash = createHash('sha256')
    .update(JSON.stringify([stage, database, slot]))
    .digest('hex')
    .slice(0, 8);
  return `${clean.slice(0, longest - hash.length - 1).replace(/-$/, '')}-${hash}`;
}

/** More tries than this no slot ever has. */
const mostAttempts = 99;

/** Whether this is the name of one of a slot's tries. Tags alone prove nothing: they go along into copies and restores. */
export function isNameOf(identifier: string, parts: Omit<IdentifierParts, 'attempt'>): boolean {
  const [, digits = '1'] = /-r(\d+)$/.exec(identifier) ?? [];
  const attempt = Number(digits);
  return attempt <= mostAttempts && resourceIdentifier({ ...parts, attempt }) === identifier;
}

/** Room for a hash and for `-r999`, which take the place of what is cut off a long name. */
const neverCut = maxLength - '-01234567-r999'.length;

/** What the identifiers of all slots of a database begin with; those of another database may begin with it as well. */
export function identifierPrefix(stage: string, database: string): string {
  return `nightshift-${stage}-${database}-`.slice(0, neverCut);
}

/** Marks what Nightshift made, and for what; only what carries all of them is ever adopted or deleted. */
export function ownTags(job: string, parts: Omit<IdentifierParts, 'attempt'>): Record<string, string> {
  return {
    'nightshift:managed-by': `nightshift-${parts.stage}`,
    'nightshift:job': job,
    'nightshift:database': parts.database,
    'nightshift:slot': parts.slot,
  };
}

/** True where every wanted tag is there with its value. */
export function carriesTags(
  tags: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(wanted).every(([key, value]) => tags[key] === value);
}
