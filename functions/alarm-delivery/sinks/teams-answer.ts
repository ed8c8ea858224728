import * as z from 'zod/mini';
import { judge } from '../judge.ts';
import type { Answer } from '../post.ts';
import type { Verdict } from '../verdict.ts';

/** 202 as soon as the workflow is started: whether the card is shown, nobody says. */
export function judgeTeams(answer: Answer, now: Date): Verdict {
  return judge(answer, now, words);
}

/** The name of an error; its message may quote the workflow's address. */
function words(text: string): string | null {
  try {
    return answerSchema().parse(JSON.parse(text)).error.code;
  } catch {
    // Not as Teams writes its errors.
    return null;
  }
}

function answerSchema() {
  const code = z.string().check(z.regex(/^[A-Za-z][A-Za-z0-9]{1,59}$/));
  return z.object({ error: z.object({ code }) });
}
