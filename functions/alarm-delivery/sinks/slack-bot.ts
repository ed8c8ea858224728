import type { Telling } from '../telling.ts';
import { plainSlackMessage, type SlackMessage, slackMessage } from './slack.ts';

/** What chat.postMessage takes. */
export interface SlackBotMessage extends SlackMessage {
  readonly channel: string;
  readonly parse: 'none';
  readonly link_names: false;
  readonly thread_ts?: string;
  readonly reply_broadcast?: true;
}

export interface SlackBotPlace {
  readonly channel: string;
  /** The message that this one answers; null for one of its own. */
  readonly threadTs: string | null;
}

/** An answer in a thread is shown in the channel too: who only reads the channel must learn that it is over. */
export function slackBotMessage(telling: Telling, place: SlackBotPlace): SlackBotMessage {
  return { ...slackMessage(telling), ...addressed(place) };
}

export function plainSlackBotMessage(telling: Telling, place: SlackBotPlace): SlackBotMessage {
  return { ...plainSlackMessage(telling), ...addressed(place) };
}

function addressed({ channel, threadTs }: SlackBotPlace) {
  return {
    channel,
    parse: 'none',
    link_names: false,
    ...(threadTs === null ? {} : ({ thread_ts: threadTs, reply_broadcast: true } as const)),
  } as const;
}
