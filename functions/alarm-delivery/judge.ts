import type { Answer } from './post.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { delivered, later, type Minds, refused, type Verdict } from './verdict.ts';

/** Reads in an answer's body what it says; null for what is not as the sink documents it, and is quoted nowhere. */
export type Words = (text: string) => string | null;

/** What an answer of HTTP comes to, by its status. */
export function judge(answer: Answer, now: Date, words: Words = () => null): Verdict {
  if (answer.kind === 'unanswered') return later(answer.reason);
  const { status, retryAfter, text } = answer;
  const said = words(text);
  if (status >= 200 && status < 300) return delivered({ status, words: said });
  const reason = `it answered ${status}${said === null ? '' : ` (${said})`}`;
  if (status === 429 || status === 408 || status === 425 || status >= 500) {
    return later(reason, retryAfterSeconds(retryAfter, now));
  }
  if (status >= 300 && status < 400) {
    return refused(
      `${reason}: a redirection that leads to another host, or changes the method, is not followed`,
    );
  }
  return refused(reason, mindsOf(status));
}

function mindsOf(status: number): Minds {
  if ([400, 413, 415, 422].includes(status)) return 'form';
  return [401, 403, 404, 410].includes(status) ? 'sender' : 'other';
}

/** A word as Slack's errors are: `channel_not_found`. */
export function slackWord(text: string): string | null {
  const word = text.trim();
  return /^[a-z][a-z0-9_]{1,59}$/.test(word) ? word : null;
}

/** What asks to sign in, or says that something is blocked: no service of ours answers so. */
export function isForBrowsers(text: string): boolean {
  return text.trimStart().startsWith('<');
}
