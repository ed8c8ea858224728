import * as z from 'zod/mini';
import { judge } from '../judge.ts';
import { cut, oneLine } from '../plain-text.ts';
import type { Answer } from '../post.ts';
import { later, refused, type Verdict } from '../verdict.ts';

/**
 * 202 for what it took; 400 with what is wrong about the event, or that the key is none of its own; 429 for too many.
 * Another success that does not say so in PagerDuty's words is somebody else's, in between.
 */
export function judgePagerDuty(answer: Answer, now: Date): Verdict {
  const verdict = judge(answer, now, words);
  if (answer.kind !== 'answered') return verdict;
  if (verdict.kind === 'refused') return aboutKey(answer.text) ? { ...verdict, minds: 'sender' } : verdict;
  if (verdict.kind === 'later') return verdict;
  const said = parse(answer.text);
  if (said === null && answer.status !== 202) {
    return later(`it answered ${answer.status}, and not as PagerDuty does`);
  }
  return said === null || said.status === undefined || said.status === 'success'
    ? verdict
    : refused(
        `it answered ${answer.status} (${verdict.answer.words})`,
        aboutKey(answer.text) ? 'sender' : 'form',
      );
}

/** A key that was changed is an event that is wrong, by its status; without any form that every version of it has. */
const aboutKey = (text: string) => /\brouting[ _]key\b|\binvalid key\b/i.test(text);

function words(text: string): string | null {
  const said = parse(text);
  return said === null ? null : cut(oneLine([said.message, ...(said.errors ?? [])].join('; ')), 200);
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
    message: z.string(),
    errors: z.optional(z.array(z.string())),
  });
}
