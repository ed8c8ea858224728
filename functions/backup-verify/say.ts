import type { Finding } from '../../shared/verify/finding.ts';

interface Held {
  readonly limit?: string | null;
  readonly advice?: string | null;
}

const say =
  (status: Finding['status']) =>
  (check: string, fact: string, { limit = null, advice = null }: Held = {}): Finding => ({
    check,
    status,
    fact,
    limit,
    advice,
  });

/** Findings, by their status. */
export const pass = say('pass');
export const warn = say('warn');
export const fail = say('fail');
export const noBaseline = say('no baseline');

const named = 5;

/** `a, b and 3 more` */
export function few(names: readonly string[]): string {
  const more = names.length - named;
  return names.slice(0, named).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

export function hoursBetween(from: string, to: Date): number {
  return Math.max(0, to.getTime() - Date.parse(from)) / 3_600_000;
}

/** `2026-01-02 03:04 UTC` */
export function time(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

/** The command for a backup now; a label names one backup for ever, so that this one must be new. */
export function backUpNow(now: Date): string {
  const stamp = now.toISOString().slice(0, 16).replace(/[-:]/g, '').replace('T', '-');
  return `\`nightshift backup now --label by-hand-${stamp}\``;
}
