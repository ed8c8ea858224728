import { visible } from '../shared/verify/visible.ts';
import type { JobLogEntry } from './job-log.ts';

/** What an entry of matview-refresh's log tells a person; undefined for any other. */
export function describeRefreshEntry(entry: JobLogEntry): string | undefined {
  const text = inWords(entry);
  return text === undefined ? undefined : visible(text);
}

function inWords({ fields }: JobLogEntry): string | undefined {
  const { message, view, method, reason, seconds, pid } = fields;
  switch (message) {
    case 'Refreshing':
      return `Refreshing ${view}, ${method}: ${reason}`;
    case 'Refreshed':
      return `Refreshed ${view}, in ${Number(seconds).toFixed(1)} s`;
    case 'Refresh put off':
      return `${view} is tried again in ${seconds} s: ${reason}`;
    case 'Refresh failed':
      return `${view} FAILED: ${reason}`;
    case 'Refresh left to the server':
      return `${view} goes on in the server`;
    case 'Refresh goes on in the server':
      return `${view} is being refreshed by session ${pid}`;
    default:
      return undefined;
  }
}
