import type { Alert } from '../../shared/alarm/alert.ts';
import { shortKey } from './short-key.ts';

/** The digest of a sink's window. */
export interface DigestName {
  readonly sink: string;
  readonly windowId: string;
}

/** The incident that a digest's alarms are at a sink together: it is over when the last of them is. */
export function stormOf({ sink, windowId }: DigestName): string {
  return `storm:${sink}:${windowId}`;
}

/** What a change is in a digest and in its storm: an alarm that goes on again is another member. */
export function memberOf({ key, at }: Pick<Alert, 'key' | 'at'>): string {
  return shortKey(`${key} ${at}`);
}
