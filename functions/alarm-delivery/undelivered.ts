import { createHash } from 'node:crypto';
import type { Page } from '../../shared/alarm/page.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import { momentOf } from './incident-order.ts';

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
    id: hashOf(`undelivered ${sink} ${page.id}`),
    kind: 'undelivered',
    at: now.toISOString(),
    sinks: [fallback],
    note: [`The sink ${sink} did not take this: ${reason}.`, ...(page.note === null ? [] : [page.note])].join(
      ' ',
    ),
  };
}

export type Ended = Omit<Undelivered, 'reason'>;

/** The recovery for whoever was told of the alarm instead of a sink: the same for the same end, whoever tells of it. */
export function endedPage({ page, sink, now }: Ended, fallback: string): Page {
  return {
    ...page,
    id: hashOf(`ended ${sink} ${page.incident} ${momentOf(page)}`),
    at: now.toISOString(),
    sinks: [fallback],
    note: [
      `The alarm was told here because the sink ${sink} did not take it.`,
      ...(page.note === null ? [] : [page.note]),
    ].join(' '),
  };
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);

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
