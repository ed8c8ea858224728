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
import { delivered, later, type Minds, refused, type Verdict } from './verdict.ts';

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

/** One way of sending a page. */
interface Way extends Sent {
  readonly secret: string;
  /** Whether the secret is as it is now, and not as it was kept. */
  readonly isRenewed: boolean;
  readonly plain: boolean;
}

async function sendByHttp(reach: Reach, sink: HttpSink, sent: Sent): Promise<Verdict> {
  const secret = await readSecret(reach, sink, false);
  if (typeof secret !== 'string') return secret;
  return sendThisWay(reach, sink, { ...sent, secret, isRenewed: false, plain: false });
}

/** Tries each change that may help once, one after the other: a form may be minded by whom a new secret lets in. */
async function sendThisWay(reach: Reach, sink: HttpSink, way: Way): Promise<Verdict> {
  const verdict = await attempt(reach, sink, way);
  if (verdict.kind !== 'refused') return verdict;
  const other = await otherWay(reach, sink, way, verdict.minds);
  if (other === null) return verdict;
  const second = await sendThisWay(reach, sink, other);
  // The refusal of less says less than that of the whole message.
  return second.kind === 'refused' && other.secret === way.secret ? verdict : second;
}

/** Null where nothing is left to be changed about what the sink minds. */
async function otherWay(reach: Reach, sink: HttpSink, way: Way, minds: Minds): Promise<Way | null> {
  if (minds === 'form' && !way.plain) return { ...way, plain: true };
  if (minds === 'thread' && way.threadTs !== null) return { ...way, threadTs: null };
  // What is kept may be older than the last rotation: at an address that is no longer used, any refusal may come of it.
  const secret = way.isRenewed ? way.secret : await readSecret(reach, sink, true);
  if (typeof secret !== 'string' || secret === way.secret) return null;
  return { ...way, secret, isRenewed: true, plain: false };
}

async function attempt({ now }: Reach, sink: HttpSink, { secret, ...sent }: Way): Promise<Verdict> {
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
