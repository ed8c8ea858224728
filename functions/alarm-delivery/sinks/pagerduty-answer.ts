import * as z from 'zod/mini';
import { judge } from '../judge.ts';
import { cut, oneLine } from '../plain-text.ts';
import type { Answer } from '../post.ts';
import type { Verdict } from '../verdict.ts';

/** 202 for what it took; 400 with what is wrong about the event, which no repetition mends; 429 for too many. */
export function judgePagerDuty(answer: Answer, now: Date): Verdict {
  return judge(answer, now, words);
}

function words(text: string): string | null {
  try {
    const { message, errors = [] } = answerSchema().parse(JSON.parse(text));
    return cut(oneLine([message, ...errors].join('; ')), 200);
  } catch {
    // No answer of PagerDuty's, but of something in between: its words are not quoted.
    return null;
  }
}

function answerSchema() {
  return z.object({ message: z.string(), errors: z.optional(z.array(z.string())) });
}
