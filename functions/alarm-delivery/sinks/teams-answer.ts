import * as z from 'zod/mini';
import { judge } from '../judge.ts';
import type { Answer } from '../post.ts';
import { refused, type Verdict } from '../verdict.ts';

/**
 * 202 as soon as the workflow is started: whether the card is shown, nobody says. The connectors before the workflows
 * answered 200 also where Teams had refused, and told so in words.
 */
export function judgeTeams(answer: Answer, now: Date): Verdict {
  const verdict = judge(answer, now, words);
  if (verdict.kind !== 'delivered' || answer.kind !== 'answered') return verdict;
  const [failed, status = '500'] = connectorFailed.exec(answer.text) ?? [];
  if (failed !== undefined) return judge({ ...answer, status: Number(status), text: '' }, now);
  const said = verdict.answer.words;
  return said === null ? verdict : refused(`it answered ${said}`, 'form');
}

const connectorFailed = /^Webhook message delivery failed with error:(?:.{0,200}?HTTP error (\d{3}))?/;

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
