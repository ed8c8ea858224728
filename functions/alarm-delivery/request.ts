import type { Page } from '../../shared/alarm/page.ts';
import type { SinkConfig } from '../../shared/config/schema.ts';
import { judge } from './judge.ts';
import type { Answer, HttpRequest } from './post.ts';
import { pagerDutyEvent } from './sinks/pagerduty.ts';
import { judgePagerDuty } from './sinks/pagerduty-answer.ts';
import { addressIn, routingKeyIn, signedAddressIn, tokenIn } from './sinks/secret.ts';
import { plainSlackMessage, slackMessage } from './sinks/slack.ts';
import { judgeSlackBot, judgeSlackWebhook } from './sinks/slack-answer.ts';
import { plainSlackBotMessage, slackBotMessage } from './sinks/slack-bot.ts';
import { plainTeamsMessage, teamsMessage } from './sinks/teams.ts';
import { judgeTeams } from './sinks/teams-answer.ts';
import { signature, webhookBody } from './sinks/webhook.ts';
import type { Telling } from './telling.ts';
import type { Verdict } from './verdict.ts';

/** Sinks that are servers of HTTP, each with a secret. */
export type HttpSink = Extract<SinkConfig, { readonly secret: string }>;

export interface Ordered {
  readonly page: Page;
  readonly telling: Telling;
  /** The message of Slack's that it answers; null for none. */
  readonly threadTs: string | null;
  /** The least that says it, for a sink that minded more: without pictures, blocks, links and details. */
  readonly plain: boolean;
  readonly now: Date;
}

const slackAddress = 'https://slack.com/api/chat.postMessage';
const pagerDutyAddresses = {
  us: 'https://events.pagerduty.com/v2/enqueue',
  eu: 'https://events.eu.pagerduty.com/v2/enqueue',
};

/** What is sent for a page, with the secret in it; null where the page is no news to that sink. Throws PreconditionError for an unfit secret. */
export function requestOf(sink: HttpSink, secret: string, ordered: Ordered): HttpRequest | null {
  const { page, telling, threadTs, plain, now } = ordered;
  switch (sink.kind) {
    case 'slack':
      return json(addressIn(secret), plain ? plainSlackMessage(telling) : slackMessage(telling));
    case 'slack-bot': {
      const place = { channel: sink.channel, threadTs };
      const message = plain ? plainSlackBotMessage(telling, place) : slackBotMessage(telling, place);
      const authorization = `Bearer ${tokenIn(secret)}`;
      return json(sink.endpoint ?? slackAddress, message, { authorization });
    }
    case 'teams':
      return json(addressIn(secret), plain ? plainTeamsMessage(telling) : teamsMessage(telling));
    case 'pagerduty': {
      const event = pagerDutyEvent(page, telling, routingKeyIn(secret), { plain });
      return event && json(sink.endpoint ?? pagerDutyAddresses[sink.region], event);
    }
    case 'webhook': {
      const { url, key } = signedAddressIn(secret);
      const body = webhookBody(page, telling, { plain });
      return request(url, body, { 'x-nightshift-signature': signature(body, key, now) });
    }
  }
}

function json(url: string, value: unknown, headers: Record<string, string> = {}): HttpRequest {
  return request(url, JSON.stringify(value), headers);
}

function request(url: string, body: string, headers: Record<string, string>): HttpRequest {
  return { url, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

export function judgeOf({ kind }: HttpSink, answer: Answer, now: Date): Verdict {
  switch (kind) {
    case 'slack':
      return judgeSlackWebhook(answer, now);
    case 'slack-bot':
      return judgeSlackBot(answer, now);
    case 'teams':
      return judgeTeams(answer, now);
    case 'pagerduty':
      return judgePagerDuty(answer, now);
    case 'webhook':
      return judge(answer, now);
  }
}
