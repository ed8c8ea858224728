import { describeAwsError, isTransient } from '../../shared/aws/errors.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import type { Answer } from './answer.ts';

export interface Question {
  /** As the subject of a sentence, with a capital letter. */
  readonly what: string;
  /** The IAM action that it needs. */
  readonly permission: string;
}

/** Asks, and keeps what goes wrong as the answer. The client has tried again by then: what was throttled stays so. */
export async function ask<T>({ what, permission }: Question, call: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { value: await call() };
  } catch (error) {
    return { unanswered: { what, cameBack: inWords(error), advice: adviceFor(error, permission) } };
  }
}

/** An error of Nightshift's own says by itself what happened. */
function inWords(error: unknown): string {
  return error instanceof NightshiftError ? error.message : describeAwsError(error);
}

function adviceFor(error: unknown, permission: string): string {
  if (isTransient(error)) return 'Run the checks again: `nightshift backup verify`.';
  const name = error instanceof Error ? error.name : '';
  if (/AccessDenied|Forbidden|UnauthorizedOperation|NotAuthorized/.test(name)) {
    return `Allow the role of the function ${permission}: deploy the template of this stage, and look for a policy that denies it.`;
  }
  return `Mend what came back, see that the role of the function may ${permission}, and run the checks again: \`nightshift backup verify\`.`;
}
