import type { Severity } from '../../../shared/alarm/severity.ts';
import { instanceEvents } from './rds-instance-events.ts';
import { otherEvents } from './rds-other-events.ts';

/** What an event of RDS means to people. */
export interface Meaning {
  readonly id: string;
  /** How its message begins: what events without an id are told by. */
  readonly says: string;
  /** A condition that lasts until another event ends it. */
  readonly begins?: Told;
  /** Something that happened, and that no event of RDS ends. */
  readonly happened?: Told;
  readonly ends?: readonly Told[];
  /** Why nobody is told. */
  readonly ignored?: string;
}

export interface Told {
  readonly condition: string;
  readonly severity: Severity;
}

interface Given {
  readonly eventId: string | null;
  readonly message: string;
  /** RDS's categories; empty where SNS brought it, which does not say. */
  readonly categories: readonly string[];
}

/** By its id, or by its words where an old event has none; what is not known, by its category or its words. */
export function meaningOf({ eventId, message, categories }: Given): Meaning {
  const known = eventId === null ? byWords.find(({ says }) => begins(message, says)) : byId.get(eventId);
  if (known) return known;
  const unknown = { id: eventId ?? '', says: '' };
  const alarms =
    categories.some((one) => alarming.has(one.toLowerCase())) ||
    (categories.length === 0 && bad.test(message));
  return alarms
    ? { ...unknown, happened: { condition: (eventId ?? 'event').toLowerCase(), severity: 'warning' } }
    : { ...unknown, ignored: 'it is not one of those that people are told of' };
}

const known: readonly Meaning[] = [...instanceEvents, ...otherEvents];
const byId: ReadonlyMap<string, Meaning> = new Map(known.map((one) => [one.id, one]));
const byWords = known.filter(({ says }) => says !== '');

function begins(message: string, says: string): boolean {
  return message.slice(0, says.length).toLowerCase() === says.toLowerCase();
}

const alarming: ReadonlySet<string> = new Set(['failure', 'low storage']);
const bad = /\b(fail(ed|ure|s)?|unable|error|exhausted|inaccessible|corrupt\w{0,10})\b/i;
