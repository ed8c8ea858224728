import { type Finding, worstFirst } from '../../../shared/verify/finding.ts';

/** So many of a kind are told one by one. */
const FEW = 10;

/**
 * The worst first, and of each status the first ones as they are, and how many more there are as one: a message is
 * read, not counted through. No status stands in for a worse one.
 */
export function firstFew(findings: readonly Finding[]): Finding[] {
  return [...Map.groupBy(worstFirst(findings), ({ status }) => status).values()].flatMap(fewOfAKind);
}

function fewOfAKind(findings: readonly Finding[]): Finding[] {
  const [first] = findings;
  const rest = findings.length - FEW;
  if (!first || rest <= 0) return [...findings];
  const more = { ...first, fact: `Another ${rest} like these, not named here.`, limit: null };
  return [...findings.slice(0, FEW), more];
}
