import type { SNSClient } from '@aws-sdk/client-sns';
import type { Page } from '../../shared/alarm/page.ts';
import { publishPage } from '../../shared/alarm/publish-page.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import { publishMessage } from '../../shared/job/message.ts';
import { snsMessage } from './sinks/sns.ts';
import { type Ended, endedPage, fallbackOf, type Undelivered, undeliveredPage } from './undelivered.ts';
import { wordsOf } from './words.ts';

/** Ways to people that a sink has no part in. */
export interface OtherWays {
  readonly sns: SNSClient;
  readonly config: AlarmsConfig;
  readonly pageTopicArn: string;
  readonly alertTopicArn: string;
}

/** Not `failed`: what failed is taken from the alert topic into the pipe again, and this must not go in a circle. */
const status = 'undelivered';

/** Tells the fallback of a page that a sink did not take: another sink, or the alert topic where there is none. */
export async function tellFallback(ways: OtherWays, undelivered: Undelivered): Promise<void> {
  const to = fallbackOf(ways.config, undelivered.sink);
  await tell(ways, to, undeliveredPage(undelivered, to ?? undelivered.sink));
}

/** Tells whoever was told of an alarm instead of a sink that it is over. */
export async function tellFallbackEnd(ways: OtherWays, ended: Ended): Promise<void> {
  const to = fallbackOf(ways.config, ended.sink);
  await tell(ways, to, endedPage(ended, to ?? ended.sink));
}

async function tell(
  { sns, pageTopicArn, alertTopicArn }: OtherWays,
  to: string | null,
  page: Page,
): Promise<void> {
  if (to !== null) await publishPage(sns, pageTopicArn, page);
  else await publishMessage(sns, alertTopicArn, snsMessage(wordsOf(page)), { job: 'alarm-delivery', status });
}

/** Of a message that nobody can read, people learn that there was one; itself it lies among the dead letters. */
export async function tellUnreadable(
  { sns, alertTopicArn }: OtherWays,
  { sink, stage, reason }: { readonly sink: string; readonly stage: string; readonly reason: string },
): Promise<void> {
  const message = {
    subject: `Nightshift ${stage}: a message to ${sink} cannot be read`,
    text: `A message for the sink ${sink} is no page, and lies among its dead letters now.\n\n${reason}`,
  };
  await publishMessage(sns, alertTopicArn, message, { job: 'alarm-delivery', status });
}
