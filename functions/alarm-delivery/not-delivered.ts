import type { SQSRecord } from 'aws-lambda';
import type { Page } from '../../shared/alarm/page.ts';
import { errorName, hasName } from '../../shared/aws/errors.ts';
import { Failures } from '../../shared/job/failures.ts';
import { NotDeliveredError } from './deliver.ts';
import { tellElsewhere } from './elsewhere.ts';
import { isLastTry } from './last-try.ts';
import { waitSeconds } from './retry-after.ts';
import type { DeliveryJob } from './sink.ts';
import { isOverdue } from './undelivered.ts';
import { later } from './verdict.ts';

export interface Failed {
  readonly page: Page;
  readonly record: SQSRecord;
  readonly error: unknown;
}

/** Another invocation is at it, or was killed in it: which of both is known once that one's time is over. */
const inProgressSeconds = 15;

/** Goes on after a page was not delivered: throws where the queue must give it again, returns where it is done with. */
export async function notDelivered(job: DeliveryJob, failed: Failed): Promise<void> {
  const { error, record } = failed;
  if (hasName(error, 'IdempotencyAlreadyInProgressError')) {
    await job.extra.queue.delay(record, inProgressSeconds);
    throw error;
  }
  const verdict = error instanceof NotDeliveredError ? error.verdict : ownFailure(job, error);
  if (verdict.kind === 'refused') await giveUp(job, failed, verdict.reason);
  else await tryAgain(job, failed, verdict);
}

/** An error of ours, or of AWS: people hear its name alone, the log has the rest. */
function ownFailure(job: DeliveryJob, error: unknown) {
  job.log.error('A page could not be worked on', error as Error);
  return later(`Nightshift itself could not (${errorName(error) || 'an unknown error'})`);
}

async function giveUp(job: DeliveryJob, { page, record }: Failed, reason: string): Promise<void> {
  const { sink, queue } = job.extra;
  job.log.error('Refused', { sink, page: page.id, reason });
  await tellElsewhere(job, page, reason);
  await queue.bury(record, reason);
  job.measure({ name: 'PagesRefused', unit: 'Count', value: 1 });
}

/** The fallback hears of a page that will be too old when it is tried again; it is tried all the same. */
async function tryAgain(
  job: DeliveryJob,
  failed: Failed,
  verdict: { readonly reason: string; readonly waitSeconds: number | null },
): Promise<void> {
  const { page, record, error } = failed;
  const { sink, alarms, queue } = job.extra;
  const attempts = Number(record.attributes.ApproximateReceiveCount);
  const seconds = waitSeconds(verdict.waitSeconds, attempts, Math.random());
  if (isLastTry(record, seconds, new Date()))
    return giveUp(job, failed, `${verdict.reason}, at the last try`);
  job.log.warn('Not delivered yet', { sink, page: page.id, reason: verdict.reason, attempts, seconds });
  job.measure({ name: 'PagesLater', unit: 'Count', value: 1 });
  const waiting = {
    now: new Date(),
    waitSeconds: seconds,
    fallbackAfterMinutes: alarms.fallbackAfterMinutes,
  };
  const failures = new Failures();
  await failures.collect(() => queue.delay(record, seconds));
  if (isOverdue(page, waiting)) await failures.collect(() => tellElsewhere(job, page, verdict.reason));
  failures.throwIfAny();
  throw error;
}
