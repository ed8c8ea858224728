/** `no baseline`: nothing to compare with yet, which is no failure, and is said. */
export const findingStatuses = ['pass', 'warn', 'fail', 'no baseline'] as const;
export type FindingStatus = (typeof findingStatuses)[number];

/** What one check, or one question to a restored database, came to. */
export interface Finding {
  /** Stable, for people and for metrics: `snapshot age`, `row counts`. */
  readonly check: string;
  readonly status: FindingStatus;
  /** What was found, as one sentence without a literal of any row. */
  readonly fact: string;
  /** What it was held against, or null where there is no limit. */
  readonly limit: string | null;
  /** What to do, with the command or statement that mends it; null where there is nothing to do. */
  readonly advice: string | null;
  /** How long it took, where that is worth knowing. */
  readonly seconds?: number;
}

/** The worst first, then in the order in which they came. */
export function worstFirst(findings: readonly Finding[]): Finding[] {
  const rank: Record<FindingStatus, number> = { fail: 0, warn: 1, 'no baseline': 2, pass: 3 };
  return findings.toSorted((a, b) => rank[a.status] - rank[b.status]);
}

export function countStatus(findings: readonly Finding[], status: FindingStatus): number {
  return findings.filter((finding) => finding.status === status).length;
}
