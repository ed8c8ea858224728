import * as z from 'zod/mini';
import { isForBrowsers, judge } from '../judge.ts';
import { cut, oneLine } from '../plain-text.ts';
import type { Answer } from '../post.ts';
import { later, refused, type Verdict } from '../verdict.ts';

/**
 * 202 for what it took; 400 with what is wrong about the event, or that the key is none of its own; 429 for too many.
 * What stands before it may answer 200 all the same: a status that says no, or a page for browsers, is no success.
 */
export function judgePagerDuty(answer: Answer, now: Date): Verdict {
  const verdict = judge(answer, now, words);
  if (answer.kind !== 'answered' || verdict.kind === 'later') return verdict;
  const { status, text } = answer;
  const minds = aboutKey(text) ? 'sender' : 'form';
  if (verdict.kind === 'refused') return minds === 'sender' ? { ...verdict, minds } : verdict;
  if (isForBrowsers(text)) return later(`it answered ${status} with a page for browsers`);
  if (!/invalid|error|fail|denied/i.test(parse(text)?.status ?? '')) return verdict;
  return refused(`it answered ${status} (${verdict.answer.words ?? 'not a success'})`, minds);
}

/** A key that was changed is an event that is wrong, by its status; without any form that every version of it has. */
const aboutKey = (text: string) => /\brouting[ _]key\b|\binvalid key\b/i.test(text);

function words(text: string): string | null {
  const { message, errors = [] } = parse(text) ?? {};
  return message === undefined ? null : cut(oneLine([message, ...errors].join('; ')), 200);
}

/** Null for no answer of PagerDuty's, but of something in between: its words are not quoted. */
function parse(text: string): z.infer<ReturnType<typeof answerSchema>> | null {
  try {
    return answerSchema().parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function answerSchema() {
  return z.object({
    status: z.optional(z.string()),
    message: z.optional(z.string()),
    errors: z.optional(z.array(z.string())),
  });
}
