import type { SNSClient } from '@aws-sdk/client-sns';
import type { Page } from '../../shared/alarm/page.ts';
import type { SinkConfig } from '../../shared/config/schema.ts';
import { NightshiftError, ServiceError } from '../../shared/job/errors.ts';
import { conceal } from './conceal.ts';
import { post } from './post.ts';
import { publishText } from './publish.ts';
import { type HttpSink, judgeOf, requestOf } from './request.ts';
import type { Secrets } from './secrets.ts';
import { emailMessage } from './sinks/email.ts';
import { snsMessage } from './sinks/sns.ts';
import type { Telling } from './telling.ts';
import { delivered, later, refused, type Verdict } from './verdict.ts';

/** What it takes to reach a sink. */
export interface Reach {
  readonly config: SinkConfig;
  readonly secrets: Secrets;
  readonly sns: SNSClient;
  /** Of a sink of e-mail. */
  readonly mailTopicArn: string;
  readonly now: () => Date;
}

export interface Sent {
  readonly page: Page;
  readonly telling: Telling;
  readonly threadTs: string | null;
}

/** Sends a page once, or in another way at once where the sink minded how it was sent. Never throws for what a sink does. */
export async function send(reach: Reach, sent: Sent): Promise<Verdict> {
  const { config, sns, mailTopicArn } = reach;
  switch (config.kind) {
    case 'sns':
      return publishText(sns, config.topicArn, snsMessage(sent.telling), sent.page);
    case 'email':
      return publishText(sns, mailTopicArn, emailMessage(sent.telling), sent.page);
    default:
      return sendByHttp(reach, config, sent);
  }
}

async function sendByHttp(reach: Reach, sink: HttpSink, sent: Sent): Promise<Verdict> {
  const secret = await readSecret(reach, sink, false);
  if (typeof secret !== 'string') return secret;
  const verdict = await attempt(reach, sink, { ...sent, secret, plain: false });
  if (verdict.kind !== 'refused') return verdict;
  switch (verdict.minds) {
    case 'form':
      return hopeful(verdict, await attempt(reach, sink, { ...sent, secret, plain: true }));
    case 'thread':
      return hopeful(verdict, await attempt(reach, sink, { ...sent, secret, plain: false, threadTs: null }));
    case 'sender': {
      // What is kept may be older than the last rotation.
      const renewed = await readSecret(reach, sink, true);
      if (typeof renewed !== 'string' || renewed === secret) return verdict;
      return attempt(reach, sink, { ...sent, secret: renewed, plain: false });
    }
    case 'other':
      return verdict;
  }
}

/** A second refusal says less than the first, which was of the whole message. */
function hopeful(first: Verdict, second: Verdict): Verdict {
  return second.kind === 'refused' ? first : second;
}

interface Attempt extends Sent {
  readonly secret: string;
  readonly plain: boolean;
}

async function attempt({ now }: Reach, sink: HttpSink, { secret, ...sent }: Attempt): Promise<Verdict> {
  try {
    const request = requestOf(sink, secret, { ...sent, now: now() });
    if (request === null)
      return delivered({ words: 'nothing was to be sent: it neither opens an incident nor ends one' });
    return withoutSecret(judgeOf(sink, await post(request), now()), secret);
  } catch (error) {
    if (error instanceof NightshiftError) return refused(error.message, 'sender');
    throw error;
  }
}

async function readSecret(
  { secrets }: Reach,
  { secret }: HttpSink,
  anew: boolean,
): Promise<string | Verdict> {
  try {
    return await secrets.read(secret, anew);
  } catch (error) {
    if (error instanceof ServiceError && error.transient) return later(error.message);
    if (error instanceof NightshiftError) return refused(error.message);
    throw error;
  }
}

function withoutSecret(verdict: Verdict, secret: string): Verdict {
  if (verdict.kind !== 'delivered') return { ...verdict, reason: conceal(verdict.reason, secret) };
  const { words } = verdict.answer;
  return { kind: 'delivered', answer: { ...verdict.answer, words: words && conceal(words, secret) } };
}
