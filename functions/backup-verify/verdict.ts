import { describeHours } from '../../shared/job/durations.ts';
import { type Finding, worstFirst } from '../../shared/verify/finding.ts';
import { isAnswered, valueIn } from './answer.ts';
import { isOfEarlierInstance } from './drill-proof.ts';
import type { Facts } from './facts.ts';
import { countOf, type Measured } from './measure.ts';
import { time } from './say.ts';

export const verdictKinds = ['restorable', 'in doubt', 'NOT restorable'] as const;

/** All checks of a day in one sentence. */
export interface Verdict {
  readonly kind: (typeof verdictKinds)[number];
  /** Nothing failed. */
  readonly ok: boolean;
  readonly sentence: string;
}

/** Can we restore, to when, how long will it take, and how do we know. */
export function reachVerdict(facts: Facts, measured: Measured, findings: readonly Finding[]): Verdict {
  const ok = countOf(findings, 'fail') === 0;
  const answer = describeRestorable(facts, measured);
  if (ok && answer !== undefined) return { kind: 'restorable', ok, sentence: `restorable ${answer}` };
  const worst = describeWorst(findings);
  if (answer === undefined && isSeen(facts)) {
    return {
      kind: 'NOT restorable',
      ok: false,
      sentence: `NOT restorable: nothing was found to restore from. ${worst}`,
    };
  }
  const seen =
    answer === undefined
      ? 'What could be restored was not seen.'
      : `As far as was seen, restorable ${answer}.`;
  return { kind: 'in doubt', ok: false, sentence: `in doubt: ${worst} ${seen}` };
}

/** Only whoever looked everywhere may say that there is nothing. */
function isSeen({ instance, snapshots, copies }: Facts): boolean {
  return isAnswered(instance) && isAnswered(snapshots) && (copies === null || isAnswered(copies));
}

function describeRestorable(facts: Facts, { restorableTo, restorableFrom }: Measured): string | undefined {
  if (restorableTo === null) return undefined;
  const from = restorableFrom === 'a point in time' ? '' : ` from ${restorableFrom}`;
  return `to ${time(restorableTo)}${from}, ${describeProof(facts)}`;
}

function describeProof(facts: Facts): string {
  const drill = valueIn(facts.drills)?.lastSuccess;
  if (!drill) return 'in a time that no drill has measured, proven by none';
  const { endedAt, slot, report } = drill;
  const duration = describeHours(report.recoverySeconds / 3_600);
  if (isOfEarlierInstance(drill, facts)) {
    return `in about ${duration}, proven by none: the last drill, ${slot}, restored an earlier instance of this name`;
  }
  const of = report.snapshot ?? `the state of ${time(report.restoredTo)}`;
  return `in about ${duration}, proven ${endedAt.slice(0, 10)} by the drill ${slot} of ${of}`;
}

const named = 3;

function describeWorst(findings: readonly Finding[]): string {
  const failed = worstFirst(findings).filter(({ status }) => status === 'fail');
  const shown = failed.slice(0, named).map(({ check, fact }) => `${check}: ${fact}`);
  const more = failed.length - shown.length;
  return [...shown, ...(more > 0 ? [`And ${more} more failed.`] : [])].join(' ');
}
