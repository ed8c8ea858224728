import type { Page } from '../../shared/alarm/page.ts';
import { tellFallback, tellFallbackEnd } from './fallback.ts';
import { overSince, toldElsewhereOf } from './incident-order.ts';
import type { DeliveryJob } from './sink.ts';
import { noteElsewhere, noteEnded, readThread } from './thread.ts';
import { fallbackOf } from './undelivered.ts';

/**
 * Tells the fallback of a page that the sink did not take; once for each page, however often it is tried. That it was
 * told of an alarm is noted, for the alarm's end; where that is known already, it is told at once.
 */
export async function tellElsewhere(job: DeliveryJob, page: Page, reason: string): Promise<void> {
  const { sink, ways, threads } = job.extra;
  await once(job, page, async () => {
    const now = new Date();
    const thread = page.effect === 'opens' ? await noteElsewhere(threads, page, now) : null;
    await tellFallback(ways, { page, sink, reason, now });
    if (page.effect === 'resolves') await noteEnded(threads, page, now);
    const endedAt = thread === null || hearsItself(job, page) ? null : overSince(page, thread);
    if (endedAt !== null) await tellEnd(job, endOf(page, endedAt));
  });
}

/** A recovery that the sink took goes to the fallback as well, where that was told of the alarm: it goes wherever its alarm went. */
export async function tellEndElsewhere(job: DeliveryJob, page: Page): Promise<void> {
  if (page.effect !== 'resolves' || hearsItself(job, page)) return;
  if (!toldElsewhereOf(page, await readThread(job.extra.threads, page.incident))) return;
  await once(job, page, () => tellEnd(job, page));
}

async function tellEnd({ extra: { sink, ways, threads } }: DeliveryJob, page: Page): Promise<void> {
  const now = new Date();
  await tellFallbackEnd(ways, { page, sink, now });
  await noteEnded(threads, page, now);
}

/** Whether the fallback is one of the page's own sinks, which get each of its alarm's pages anyway. */
function hearsItself({ extra: { sink, alarms } }: DeliveryJob, page: Page): boolean {
  const fallback = fallbackOf(alarms, sink);
  return fallback !== null && page.sinks.includes(fallback);
}

async function once({ extra, context }: DeliveryJob, page: Page, tell: () => Promise<void>): Promise<void> {
  await extra.toldElsewhere(context)(`${extra.sink} ${page.id}`, async () => {
    await tell();
    return 'told';
  });
}

/** Of an alarm whose recovery went to the sink alone, before anybody else was told of the alarm. */
function endOf(page: Page, at: string): Page {
  const alerts = page.alerts.map((alert) => ({ ...alert, state: 'OK' as const, at, summary: 'It is over' }));
  return { ...page, kind: 'recovery', effect: 'resolves', alerts, note: null, context: null };
}
