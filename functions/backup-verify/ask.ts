import { describeAwsError, isTransient } from '../../shared/aws/errors.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import type { Answer } from './answer.ts';

export interface Question {
  /** As the subject of a sentence, with a capital letter. */
  readonly what: string;
  /** The IAM action that it needs. */
  readonly permission: string;
  /** How long an answer is waited for; two minutes where nothing is said, and for ever with null. */
  readonly patienceSeconds?: number | null;
}

/** A region that is down takes connections and says nothing: the verdict on the rest must not wait for it. */
const usualPatienceSeconds = 120;

/** Asks, and keeps what goes wrong as the answer. The client has tried again by then: what was throttled stays so. */
export async function ask<T>(question: Question, call: () => Promise<T>): Promise<Answer<T>> {
  const { what, permission, patienceSeconds = usualPatienceSeconds } = question;
  try {
    return { value: await within(patienceSeconds, call()) };
  } catch (error) {
    return { unanswered: { what, cameBack: inWords(error), advice: adviceFor(error, permission) } };
  }
}

class SilenceError extends NightshiftError {
  override readonly name = 'SilenceError';
}

async function within<T>(seconds: number | null, answer: Promise<T>): Promise<T> {
  if (seconds === null) return answer;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const error = new SilenceError(`Nothing came back within ${seconds} s.`);
    timer = setTimeout(() => reject(error), seconds * 1_000);
  });
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** An error of Nightshift's own says by itself what happened. */
function inWords(error: unknown): string {
  return error instanceof NightshiftError ? error.message : describeAwsError(error);
}

function adviceFor(error: unknown, permission: string): string {
  if (error instanceof SilenceError) {
    return 'See whether the service answers in that region, and whether the subnets of the function have a way to it: a NAT gateway, or an endpoint.';
  }
  if (isTransient(error)) return 'Run the checks again: `nightshift backup verify`.';
  const name = error instanceof Error ? error.name : '';
  if (/AccessDenied|Forbidden|UnauthorizedOperation|NotAuthorized/.test(name)) {
    return `Allow the role of the function ${permission}: deploy the template of this stage, and look for a policy that denies it.`;
  }
  return `Mend what came back, see that the role of the function may ${permission}, and run the checks again: \`nightshift backup verify\`.`;
}
