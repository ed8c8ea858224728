import type { Finding } from '../../shared/verify/finding.ts';
import type { Unanswered } from './answer.ts';
import type { Facts } from './facts.ts';
import { fail } from './say.ts';

/** A failure for each question that had no answer: what was not seen is never fine. Whichever question is added is covered. */
export function checkAnswers(facts: Facts): Finding[] {
  return unansweredIn(facts).map(tellUnanswered);
}

export function tellUnanswered({ what, cameBack, advice }: Unanswered): Finding {
  return fail('unanswered', `${what} could not be seen. ${cameBack}`, { advice });
}

function unansweredIn(value: unknown): Unanswered[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('unanswered' in value) return [value.unanswered as Unanswered];
  // The answers themselves hold facts alone.
  if ('value' in value) return [];
  return Object.values(value).flatMap(unansweredIn);
}
