import { createHash } from 'node:crypto';
import type { Page } from '../../shared/alarm/page.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';

export interface Undelivered {
  readonly page: Page;
  /** The sink that did not take it, and why. */
  readonly sink: string;
  readonly reason: string;
  readonly now: Date;
}

/** The sink that is told instead; null where there is none, or where it is the one that fails. */
export function fallbackOf({ fallback }: Pick<AlarmsConfig, 'fallback'>, sink: string): string | null {
  return fallback === undefined || fallback === sink ? null : fallback;
}

/** The page for the fallback: the same alarms and the same incident, and which sink did not take it. */
export function undeliveredPage({ page, sink, reason, now }: Undelivered, fallback: string): Page {
  return {
    ...page,
    id: createHash('sha256').update(`undelivered ${sink} ${page.id}`).digest('hex').slice(0, 32),
    kind: 'undelivered',
    at: now.toISOString(),
    sinks: [fallback],
    note: [`The sink ${sink} did not take this: ${reason}.`, ...(page.note === null ? [] : [page.note])].join(
      ' ',
    ),
  };
}

/** Whether a page would be older than people may wait for it before it is tried again. */
export function isOverdue(
  page: Pick<Page, 'at'>,
  { now, waitSeconds, fallbackAfterMinutes }: Waiting,
): boolean {
  const nextTry = now.getTime() + waitSeconds * 1_000;
  return nextTry - Date.parse(page.at) >= fallbackAfterMinutes * 60_000;
}

interface Waiting {
  readonly now: Date;
  readonly waitSeconds: number;
  readonly fallbackAfterMinutes: number;
}
