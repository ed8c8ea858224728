import type { JobLogEntry } from './job-log.ts';

/** What an entry of matview-refresh's log tells a person; undefined for any other. */
export function describeRefreshEntry({ fields }: JobLogEntry): string | undefined {
  const { message, view, method, reason, seconds, pid } = fields;
  switch (message) {
    case 'Refreshing':
      return `Refreshing ${view}, ${method}: ${reason}`;
    case 'Refreshed':
      return `Refreshed ${view}, in ${Number(seconds).toFixed(1)} s`;
    case 'Refresh left to the server':
      return `${view} goes on in the server`;
    case 'Refresh goes on in the server':
      return `${view} is being refreshed by session ${pid}`;
    default:
      return undefined;
  }
}
