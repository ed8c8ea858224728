import type { Finding } from '../../shared/verify/finding.ts';
import { checkAnswers } from './check-answers.ts';
import { checkCopies } from './check-copies.ts';
import { checkDrills } from './check-drills.ts';
import { checkInstance } from './check-instance.ts';
import { checkParameters } from './check-parameters.ts';
import { checkPosture } from './check-posture.ts';
import { checkQuota } from './check-quota.ts';
import { checkRecoveryWindow } from './check-recovery-window.ts';
import { checkSecondRegion } from './check-second-region.ts';
import { checkSharing } from './check-sharing.ts';
import { checkSize } from './check-size.ts';
import { checkSnapshots } from './check-snapshots.ts';
import type { Expected } from './expected.ts';
import type { Facts } from './facts.ts';

/** Every check of what was read; none needs the others. */
const checks: readonly ((facts: Facts, expected: Expected, now: Date) => Finding[])[] = [
  checkAnswers,
  checkInstance,
  checkSnapshots,
  checkRecoveryWindow,
  checkCopies,
  checkSecondRegion,
  checkSharing,
  checkQuota,
  checkSize,
  checkPosture,
  checkParameters,
  checkDrills,
];

export function checkAll(facts: Facts, expected: Expected): Finding[] {
  const now = new Date(facts.readAt);
  return checks.flatMap((check) => check(facts, expected, now));
}
