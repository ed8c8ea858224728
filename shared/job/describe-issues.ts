import type * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

const { localeError } = en();

/** One line for each fault: where it is, and what was expected there. */
export function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  return issues.map((issue) => `  - ${place(issue)}: ${issue.message}`).join('\n');
}

/** English messages, handed to `safeParse`: zod/mini brings none of its own. */
describeIssues.locale = localeError;

function place(issue: z.core.$ZodIssue): string {
  return issue.path.map(String).join('.') || '(the whole)';
}
