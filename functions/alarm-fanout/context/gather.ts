import type { Alert } from '../../../shared/alarm/alert.ts';
import type { PageContext } from '../../../shared/alarm/page.ts';
import type { Log } from '../batch.ts';
import type { Hands } from '../hands.ts';
import { commandsFor } from './commands.ts';
import { askDatabase } from './database.ts';
import { makePicture } from './picture.ts';
import { readRdsEvents } from './rds-events.ts';
import { readRunningJobs } from './running-jobs.ts';
import { readTrend } from './trend.ts';

/** One thing that may be found out about an alarm; undefined where there is nothing of its kind to find. */
export type Finder<T> = (hands: Hands, alert: Alert, signal: AbortSignal) => Promise<T | undefined>;

/**
 * What can be found out about an alarm within the time that the config gives: each part by itself, and what is not
 * there by then is named instead. Null where the config asks for nothing.
 */
export async function gatherContext(hands: Hands, alert: Alert, log: Log): Promise<PageContext | null> {
  const { withinMs, picture, database } = hands.alarms.context;
  if (withinMs === 0) return null;
  const missing: string[] = [];
  const signal = AbortSignal.timeout(withinMs);
  const find = <T>(what: string, finder: Finder<T>) =>
    within(signal, () => finder(hands, alert, signal)).catch((error: unknown) => {
      missing.push(`${what} (${signal.aborted ? `not within ${withinMs} ms` : nameOf(error)})`);
      log.warn('Something about an alarm was not found out', {
        what,
        alarm: alert.name,
        error: nameOf(error),
      });
      return undefined;
    });
  const [pictureUrl, trend, rdsEvents, runningJobs, doings] = await Promise.all([
    picture ? find('the picture of its metric', makePicture) : undefined,
    find('the metric’s trend', readTrend),
    find('recent events of RDS', readRdsEvents),
    find('what of Nightshift is running', readRunningJobs),
    database ? find('what the database is doing', askDatabase) : undefined,
  ]);
  return {
    pictureUrl: pictureUrl ?? null,
    trend: trend ?? null,
    rdsEvents: rdsEvents ?? [],
    runningJobs: runningJobs ?? [],
    database: doings ?? null,
    commands: commandsFor(alert),
    missing: missing.sort(),
  };
}

/** Rejects when time is over, also where the work does not heed the signal. */
async function within<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  let onAbort: () => void = () => undefined;
  const over = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Error('time is over'));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work(), over]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : 'unknown');
