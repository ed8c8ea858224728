/** SQS hides a message for 12 hours at most, counted from when it was received. */
const mostSeconds = 11 * 3_600;

/** Seconds that a `Retry-After` asks for, as a number or as a date of HTTP; null where there is none to be read. */
export function retryAfterSeconds(header: string | null, now: Date): number | null {
  const text = header?.trim() ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : secondsUntil(text, now);
  return seconds === null ? null : Math.min(mostSeconds, Math.max(1, Math.ceil(seconds)));
}

function secondsUntil(text: string, now: Date): number | null {
  // Only dates as HTTP writes them: Date.parse takes nearly anything.
  if (!/^[A-Za-z]{3,9},? .+ GMT$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : (at - now.getTime()) / 1_000;
}

const firstWaitSeconds = 10;
const longestWaitSeconds = 600;

/**
 * How long a page waits before it is tried again: twice as long each time, or what the sink asked for. `chance`, from 0
 * to 1, spreads those that failed together. One that asks for a second each time, for an hour, would use up the tries
 * that the queue allows within minutes: it is waited for longer than it asks, too.
 */
export function waitSeconds(asked: number | null, attempts: number, chance: number): number {
  const first = asked === null ? firstWaitSeconds : 1;
  const doubled = Math.min(longestWaitSeconds, first * 2 ** Math.min(attempts - 1, 10));
  return Math.max(asked ?? 0, Math.ceil(doubled * (1 - chance / 4)));
}
