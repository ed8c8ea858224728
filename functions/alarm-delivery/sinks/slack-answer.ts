import * as z from 'zod/mini';
import { isForBrowsers, judge, slackWord } from '../judge.ts';
import type { Answer } from '../post.ts';
import { retryAfterSeconds } from '../retry-after.ts';
import { delivered, later, type Minds, refused, type Verdict } from '../verdict.ts';

/**
 * Of an incoming webhook: `ok`, or a word for what is wrong, with a status that fits. What stands before it may answer
 * 200 all the same: an error's name, or a page for browsers, is no `ok`.
 */
export function judgeSlackWebhook(answer: Answer, now: Date): Verdict {
  const verdict = judge(answer, now, slackWord);
  if (verdict.kind !== 'delivered' || answer.kind !== 'answered') return verdict;
  const body = parse(answer.text);
  const error = body?.ok === false ? body.error : (verdict.answer.words ?? '');
  if (body?.ok === false || error.includes('_')) return judgeError(error, answer, now);
  return isForBrowsers(answer.text)
    ? later(`it answered ${answer.status} with a page for browsers`)
    : verdict;
}

/** Errors of chat.postMessage that pass. */
const passing = new Set([
  'ratelimited',
  'rate_limited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
]);
const aboutForm = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_attachments',
  'msg_too_long',
  'msg_blocks_too_long',
  'no_text',
  'invalid_arguments',
]);
const aboutThread = new Set([
  'thread_not_found',
  'message_not_found',
  'cannot_reply_to_message',
  'invalid_thread_ts',
]);
const aboutSender = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'no_permission',
  'missing_scope',
]);

/** chat.postMessage answers 200 also where it refuses: what counts is `ok`. */
export function judgeSlackBot(answer: Answer, now: Date): Verdict {
  const verdict = judge(answer, now);
  if (verdict.kind !== 'delivered' || answer.kind !== 'answered') return verdict;
  const body = parse(answer.text);
  if (body === null) return later('its answer does not say whether it took the message');
  const { status } = answer;
  return body.ok ? delivered({ status, ts: body.ts }) : judgeError(body.error, answer, now);
}

function judgeError(error: string, { retryAfter }: Answered, now: Date): Verdict {
  const said = `it answered ${error}`;
  if (passing.has(error)) return later(said, retryAfterSeconds(retryAfter, now));
  return refused(said, mindsOf(error));
}

type Answered = Extract<Answer, { readonly kind: 'answered' }>;

function mindsOf(error: string): Minds {
  if (aboutForm.has(error)) return 'form';
  if (aboutThread.has(error)) return 'thread';
  return aboutSender.has(error) ? 'sender' : 'other';
}

type Body =
  | { readonly ok: true; readonly ts: string | null }
  | { readonly ok: false; readonly error: string };

function parse(text: string): Body | null {
  try {
    const { ok, ts, error } = answerSchema().parse(JSON.parse(text));
    if (ok) return { ok, ts: ts !== undefined && /^\d{1,12}\.\d{1,9}$/.test(ts) ? ts : null };
    return { ok, error: slackWord(error ?? '') ?? 'an error without a name' };
  } catch {
    return beginning(text);
  }
}

/** Of an answer that is no JSON to its end, because it repeats a message that is too long. Null for any other shape. */
function beginning(text: string): Body | null {
  const [, ts = null] =
    /^\{"ok":true,(?:"channel":"\w+",)?"ts":"(\d{1,12}\.\d{1,9})","message":/.exec(text) ?? [];
  return ts === null ? null : { ok: true, ts };
}

function answerSchema() {
  return z.object({ ok: z.boolean(), ts: z.optional(z.string()), error: z.optional(z.string()) });
}
