import { createHash } from 'node:crypto';
import type { Page } from '../../shared/alarm/page.ts';

/** What is known of one incident at one sink: the newest page that opened it and the newest that ended it. */
export interface IncidentThread {
  readonly opened: ThreadEntry | null;
  readonly over: ThreadEntry | null;
  /** What Slack knows the message by that opened it. */
  readonly root: { readonly ts: string; readonly at: string } | null;
  /** The newest page that opened it and that the fallback was told of, for the sink had not taken it. */
  readonly elsewhere: { readonly at: string } | null;
  /** The newest end that the fallback was told of. */
  readonly ended: { readonly at: string } | null;
}

export interface ThreadEntry {
  /** Of the change of state, as `momentOf` says: deliveries have no order of their own. */
  readonly at: string;
  /** Enough of the page to send it again; null where the sink keeps no incidents. */
  readonly page: Page | null;
}

export const noThread: IncidentThread = {
  opened: null,
  over: null,
  root: null,
  elsewhere: null,
  ended: null,
};

/** When what a page tells of happened. A storm opens once, under a name of its own: whatever ends it is newer. */
export function momentOf({ counts, alerts, at }: Page): string {
  return counts === null ? (alerts[0]?.at ?? at) : '0000';
}

/** When the incident ended, where a page that opens it comes after its recovery was told, and is older. */
export function overSince(page: Page, { over }: IncidentThread): string | null {
  if (page.effect !== 'opens' || over === null || over.at < momentOf(page)) return null;
  return over.at;
}

/** Whether an end is older than the newest opening: sent now, it would close an incident that is on. */
export function isOvertaken(page: Page, { opened }: IncidentThread): boolean {
  return page.effect === 'resolves' && opened !== null && opened.at > momentOf(page);
}

/** Whether the fallback was told of what a page ends, and of no end since. */
export function toldElsewhereOf(page: Page, { elsewhere, ended }: IncidentThread): boolean {
  if (page.effect !== 'resolves' || elsewhere === null || elsewhere.at > momentOf(page)) return false;
  return ended === null || ended.at < elsewhere.at;
}

/** The message that a page answers; null where it stands for itself, or what it would answer belongs to a later time. */
export function rootFor(page: Page, { root }: IncidentThread): string | null {
  const answers = page.kind === 'recovery' || page.kind === 'reminder';
  return answers && root !== null && root.at <= momentOf(page) ? root.ts : null;
}

/**
 * What must be sent once more after `sent`, so that the incident ends as its newest page says, whichever of two that
 * were sent at once arrived last: the newest page that has the other effect, or null.
 */
export function sentOnceMore(sent: Page, { opened, over }: IncidentThread): Page | null {
  const isOver = over !== null && (opened === null || opened.at <= over.at);
  const newest = isOver ? over : opened;
  if (newest === null || newest.page === null || newest.page.effect === sent.effect) return null;
  return newest.at >= momentOf(sent) ? newest.page : null;
}

/** A page that must be sent once more because another, older one was: the same for the same two, and a page of its own. */
export function givenAgain(page: Page, after: Page): Page {
  const id = createHash('sha256').update(`${page.id} after ${after.id}`).digest('hex').slice(0, 32);
  return { ...page, id };
}

/** What is kept of a page to send it again: without what was found out about it, and its worst alarms alone. */
export function shortPage(page: Page): Page {
  return { ...page, context: null, alerts: page.alerts.slice(0, 5) };
}
