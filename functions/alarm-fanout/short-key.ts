import { createHash } from 'node:crypto';

/** What stands for an alarm's key where room is scarce: 16 hex digits. */
export function shortKey(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}

/** The part of so many that a key falls into, from 0. */
export function partOf(key: string, parts: number): number {
  return Number.parseInt(shortKey(key).slice(0, 4), 16) % parts;
}
