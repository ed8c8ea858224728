import type * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

const { localeError } = en();

/** So that an event of a megabyte does not make an error of a megabyte, which no checkpoint takes. */
const longestLine = 300;
const mostLines = 50;

/** One line for each fault: where it is, and what was expected there. */
export function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  const lines = issues.slice(0, mostLines).map((issue) => cut(`  - ${place(issue)}: ${issue.message}`));
  const more = issues.length - mostLines;
  return [...lines, ...(more > 0 ? [`  - and ${more} more`] : [])].join('\n');
}

function cut(line: string): string {
  return line.length <= longestLine ? line : `${line.slice(0, longestLine)}…`;
}

/** English messages, handed to `safeParse`: zod/mini brings none of its own. */
describeIssues.locale = localeError;

function place(issue: z.core.$ZodIssue): string {
  return issue.path.map(String).join('.') || '(the whole)';
}
