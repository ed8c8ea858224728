import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type JobStage, scheduled, startJobStage } from '../../../support/job-stage.ts';
import { madeFor } from '../../../support/made.ts';

const rounds = process.env.NIGHTSHIFT_LONG === '1' ? 20 : 1;

describe('a fifth of all AWS calls going wrong', () => {
  let stage: JobStage;

  beforeAll(async () => {
    stage = await startJobStage();
  });
  afterAll(() => stage?.stop());

  test.each(Array.from({ length: rounds }, (_, round) => round + 1))(
    'round %i: throttled, answered with 5xx or cut off, the job still succeeds, once',
    async (round) => {
      const { faults, calls } = stage.stack.gateway;
      const slot = `2026-04-${String(round).padStart(2, '0')}`;
      const from = calls.length;
      faults.order({ effect: { kind: 'throttle' }, rate: 0.08, seed: round });
      faults.order({ effect: { kind: 'error', status: 500 }, rate: 0.04, seed: round + 100 });
      faults.order({ effect: { kind: 'error', status: 503 }, rate: 0.04, seed: round + 200 });
      faults.order({ effect: { kind: 'cut', when: 'before' }, rate: 0.03, seed: round + 300 });
      faults.order({ effect: { kind: 'cut', when: 'after' }, rate: 0.03, seed: round + 400 });
      const result = await stage.run(scheduled(slot));
      faults.clear();
      expect(result).toMatchObject({ kind: 'done', record: { status: 'succeeded' } });
      const met = calls.slice(from).filter(({ fault }) => fault !== undefined);
      expect(met.length / (calls.length - from)).toBeGreaterThan(0.1);
      const made = await madeFor(stage, slot);
      expect(made.snapshots).toHaveLength(1);
      expect(made.exports).toHaveLength(1);
      expect(made.copies).toHaveLength(1);
      expect(made.successes).toHaveLength(1);
    },
    180_000,
  );
});
