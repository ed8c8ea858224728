import { DescribeEventsCommand } from '@aws-sdk/client-rds';
import type { Finder } from './gather.ts';

const lastMinutes = 60;
const mostShown = 5;

/** What RDS told of the instance within the last hour, newest first: `10:02 UTC: DB instance restarted`. */
export const readRdsEvents: Finder<string[]> = async ({ rds }, { instance }, abortSignal) => {
  if (instance === null) return undefined;
  const { Events = [] } = await rds.send(
    new DescribeEventsCommand({
      SourceType: 'db-instance',
      SourceIdentifier: instance,
      Duration: lastMinutes,
    }),
    { abortSignal },
  );
  return Events.sort((one, other) => (other.Date?.getTime() ?? 0) - (one.Date?.getTime() ?? 0))
    .slice(0, mostShown)
    .map(({ Date: at, Message }) => `${at?.toISOString().slice(11, 16) ?? '?'} UTC: ${Message ?? ''}`);
};
