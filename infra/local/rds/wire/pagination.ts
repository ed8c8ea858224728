import { AwsFault } from '../../gateway/service.ts';
import type { Form } from './form.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Handed back by the client to get the next page; absent on the last one. */
  readonly marker: string | undefined;
}

const LEAST = 20;
const MOST = 100;

/** Cuts one page out of `items`, ordered by `key`; a page goes on after a key, so changes meanwhile do no harm. */
export function paginate<T>(items: Iterable<T>, form: Form, key: (item: T) => string): Page<T> {
  const size = form.integer('MaxRecords') ?? MOST;
  if (size < LEAST || size > MOST) {
    throw new AwsFault(
      'InvalidParameterValue',
      `Invalid value ${size} for MaxRecords. Must be between ${LEAST} and ${MOST}`,
    );
  }
  const after = readMarker(form.text('Marker'));
  const ordered = [...items].toSorted((a, b) => compare(key(a), key(b)));
  const rest = after === undefined ? ordered : ordered.filter((item) => compare(key(item), after) > 0);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  const more = rest.length > page.length && last !== undefined;
  return { items: page, marker: more ? Buffer.from(key(last)).toString('base64url') : undefined };
}

function readMarker(marker: string | undefined): string | undefined {
  if (!marker) return undefined;
  const key = Buffer.from(marker, 'base64url').toString();
  if (Buffer.from(key).toString('base64url') !== marker) {
    throw new AwsFault('InvalidParameterValue', `Invalid value ${marker} for Marker.`);
  }
  return key;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
