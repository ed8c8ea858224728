import type { ArchivePolicy } from './policy.ts';

/** As `format_type` says them: the types of an age column that a policy can be held against. */
export const ageTypes = ['timestamp without time zone', 'timestamp with time zone', 'date'] as const;

/** Whether a column of this type tells how old a row is. A precision, as in `timestamp(3) …`, changes nothing. */
export function isAgeType(type: string): boolean {
  return (ageTypes as readonly string[]).includes(type.replace(/\(\d\)/, ''));
}

const dayMs = 86_400_000;

/**
 * The moment that rows must be older than: the last midnight of UTC that lies the policy's days and its safety lag
 * back. A midnight, so that a day is rolled up only when it is over, and so that a night's second start means the
 * same rows.
 */
export function cutoffOf(
  { olderThanDays, safetyLagMinutes }: Pick<ArchivePolicy, 'olderThanDays' | 'safetyLagMinutes'>,
  now: Date,
): string {
  const latest = now.getTime() - olderThanDays * dayMs - safetyLagMinutes * 60_000;
  return new Date(Math.floor(latest / dayMs) * dayMs).toISOString();
}
