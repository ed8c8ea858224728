import type { Context } from 'aws-lambda';
import { ServiceError } from '../../shared/job/errors.ts';

/** For what the others of a batch still have to do, and for its metrics: so long, or a fifth of what there is. */
const mostReserveMs = 4_000;

/**
 * Gives up waiting for one page before the invocation is cut off, which would take the whole batch with it: a service
 * of AWS that hangs holds up the page that it hangs at, and no other. What it comes to later does no harm: what is kept
 * of a page is kept once.
 */
export async function inTime(
  context: Pick<Context, 'getRemainingTimeInMillis'>,
  work: Promise<void>,
): Promise<void> {
  const remaining = context.getRemainingTimeInMillis();
  const milliseconds = remaining - Math.min(mostReserveMs, remaining / 5);
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(notInTime(milliseconds)), milliseconds);
  });
  try {
    await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}

function notInTime(milliseconds: number): ServiceError {
  return new ServiceError(`A page was not done with in ${milliseconds / 1_000} s: the queue gives it again`, {
    transient: true,
  });
}
