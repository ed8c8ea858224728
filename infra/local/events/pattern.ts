import { isObject, type ValueMatcher, valueMatcher } from './value-matcher.ts';

export type EventMatcher = (event: unknown) => boolean;

/**
 * Compiles an EventBridge event pattern. Every field named must match (`$or`: one of the alternatives), a list matches
 * by any of its entries, and an array in the event by any of its elements. Throws on a comparison that it does not know.
 */
export function compilePattern(pattern: unknown): EventMatcher {
  if (!isObject(pattern)) throw new Error(`An event pattern is an object, not ${JSON.stringify(pattern)}`);
  const fields = Object.entries(pattern).map(([name, wanted]) => {
    return name === '$or' ? alternatives(wanted) : field(name, wanted);
  });
  return (event) => candidates(event).some((candidate) => fields.every((matches) => matches(candidate)));
}

function alternatives(patterns: unknown): EventMatcher {
  if (!Array.isArray(patterns)) throw new Error(`"$or" holds a list, not ${JSON.stringify(patterns)}`);
  const matchers = patterns.map(compilePattern);
  return (event) => matchers.some((matches) => matches(event));
}

function field(name: string, wanted: unknown): EventMatcher {
  const matches = Array.isArray(wanted) ? leaf(wanted) : compilePattern(wanted);
  return (event) => matches(isObject(event) ? (event as Record<string, unknown>)[name] : undefined);
}

function leaf(entries: readonly unknown[]): ValueMatcher {
  const matchers = entries.map((entry) => {
    if (isObject(entry) && 'exists' in entry) return existence(entry.exists === true);
    const matches = valueMatcher(entry);
    return (value: unknown) => value !== undefined && candidates(value).some(matches);
  });
  return (value) => matchers.some((matches) => matches(value));
}

/** `exists` speaks of leaves only: an object is not one. */
function existence(wanted: boolean): ValueMatcher {
  return (value) => (value !== undefined && !isObject(value)) === wanted;
}

function candidates(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
