import * as z from 'zod/mini';
import { formatTableName, parseTableName } from '../config/table-name.ts';
import { describeIssues } from './describe-issues.ts';
import { EventRefusedError } from './errors.ts';
import { isNightSlot, labelFault, nightSlot } from './slot.ts';

/** What the events that start jobs have in common. */

/** Its UTC date becomes a slot: an offset must not carry it out of the years of four digits. */
export const eventTime = z.iso
  .datetime({ offset: true })
  .check(z.refine(hasSlot, 'expected a time within the years 0000 to 9999 of UTC'));

function hasSlot(text: string): boolean {
  const at = new Date(text);
  return !Number.isNaN(at.getTime()) && isNightSlot(nightSlot(at));
}

/** Any event may ask for the plan alone; `nightshift run --dry-run` adds this to whatever it was given. */
export const dryRun = z.optional(z.boolean());

/** What the schedules of the template send. */
export const scheduledEvent = z.strictObject({
  trigger: z.literal('schedule'),
  database: z.string(),
  scheduledTime: eventTime,
  dryRun,
});

/** Throws EventRefusedError where the event is no object; `expected` says what would start the job. */
export function requireObject(raw: unknown, expected: string): object {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw;
  throw new EventRefusedError(`This event is no JSON object.\n${expected}`);
}

/** Holds an event against the shape that it looks like. Throws EventRefusedError with every fault. */
export function checkEvent<T extends z.core.$ZodType>(
  schema: T & z.ZodMiniType,
  raw: unknown,
  expected: string,
): z.output<T> {
  const parsed = schema.safeParse(raw, { error: describeIssues.locale });
  if (parsed.success) return parsed.data as z.output<T>;
  throw new EventRefusedError(
    `This event cannot start a run:\n${describeIssues(parsed.error.issues)}\n${expected}`,
  );
}

/** Throws EventRefusedError for a label that cannot name a slot. */
export function requireLabel(label: string | undefined): void {
  const fault = label === undefined ? undefined : labelFault(label);
  if (fault) throw new EventRefusedError(`The label ${quoted(label ?? '')} cannot be used: ${fault}.`);
}

export const longestQuote = 100;
const quotedAtMost = 10;

/** What somebody wrote, as JSON and no longer than a message should be. */
export function quoted(text: string): string {
  return JSON.stringify(text.length <= longestQuote ? text : `${text.slice(0, longestQuote)}…`);
}

/** The first ten of what somebody wrote, and how many more there are. */
export function quotedList(names: readonly string[]): string {
  const more = names.length - quotedAtMost;
  return [...names.slice(0, quotedAtMost).map(quoted), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

/**
 * One spelling of each name, however they are written: with quotes or without, one more than once. `what` is `table` or
 * `view`. Throws EventRefusedError for what is no name.
 */
export function requireTableNames(what: string, names: readonly string[]): string[] {
  const read = names.map((name) => ({ name, parsed: parseTableName(name) }));
  const unreadable = read.filter(({ parsed }) => parsed === undefined).map(({ name }) => name);
  if (unreadable.length > 0) {
    throw new EventRefusedError(
      `A ${what} is named as schema.name, each in double quotes where it is not of small letters, digits, _ and $ alone. Not so: ${quotedList(unreadable)}.`,
    );
  }
  return [...new Set(read.flatMap(({ parsed }) => (parsed ? [formatTableName(parsed)] : [])))];
}
