import type { Finding } from './finding.ts';

/** Control characters, marks that turn the direction of writing or cannot be seen, and separators of lines. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text in one line that shows what it holds: a newline as `\n`, whatever else cannot be seen as `\u{85}`. */
export function visible(text: string): string {
  return text.replace(
    unseen,
    (character) => named[character] ?? `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/**
 * A finding as it may be shown to people. Names in a database can hold anything: one with a newline would write lines
 * of its own into a message, and a command that is copied from it would run them.
 */
export function visibleFinding(finding: Finding): Finding {
  const { check, fact, limit, advice } = finding;
  return {
    ...finding,
    check: visible(check),
    fact: visible(fact),
    limit: limit === null ? null : visible(limit),
    advice: advice === null ? null : visible(advice),
  };
}
