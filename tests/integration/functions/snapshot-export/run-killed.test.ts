import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CallMoment, CallRecord } from '../../../../infra/local/gateway/call-log.ts';
import { type JobStage, scheduled, startJobStage } from '../../../support/job-stage.ts';
import { isLong } from '../../../support/long-runs.ts';
import { madeFor } from '../../../support/made.ts';

type IsTheOne = (moment: CallMoment, call: CallRecord, sequence: number) => boolean;

/** The moments that leave the most behind: something was made, and nobody heard that it was. */
const tellingMoments: readonly { action: string; nth: number }[] = [
  { action: 'CreateDBSnapshot', nth: 1 },
  { action: 'StartExportTask', nth: 1 },
  { action: 'Publish', nth: 1 },
];

describe('a run whose process is killed, and the event delivered again', () => {
  let stage: JobStage;
  let night = Date.parse('2026-03-01');

  beforeAll(async () => {
    stage = await startJobStage({ quotas: { manualSnapshots: 10_000 } });
  });
  afterAll(() => stage?.stop());

  function nextNight(): string {
    night += 86_400_000;
    return new Date(night).toISOString().slice(0, 10);
  }

  /** True when the process was killed at the chosen moment, false when it came to its end before that. */
  async function runUntil(event: unknown, isTheOne: IsTheOne): Promise<boolean> {
    const killer = new AbortController();
    let sequence = 0;
    const stop = stage.stack.gateway.onCall(async (moment, call) => {
      if (moment === 'before') sequence += 1;
      if (!isTheOne(moment, call, sequence)) return;
      killer.abort();
      // The answer must not arrive: SIGKILL is on its way.
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    try {
      await stage.run(event, { signal: killer.signal });
      return false;
    } catch (error) {
      if (killer.signal.aborted) return true;
      throw error;
    } finally {
      stop();
    }
  }

  async function expectWhole(slot: string): Promise<void> {
    const result = await stage.run(scheduled(slot));
    expect(result).toMatchObject({ kind: 'done', record: { status: 'succeeded', slot } });
    const made = await madeFor(stage, slot);
    expect(made.snapshots).toHaveLength(1);
    expect(made.exports).toHaveLength(1);
    expect(made.copies).toHaveLength(1);
    expect(made.successes).toHaveLength(1);
    expect(made.failures).toEqual([]);
    const report = result.kind === 'done' && result.record.report;
    expect(report).toMatchObject({ export: { proof: { against: { 'exact count': expect.any(Number) } } } });
  }

  test.each(tellingMoments)('just after $action number $nth', async ({ action, nth }) => {
    const slot = nextNight();
    let seen = 0;
    const killed = await runUntil(scheduled(slot), (moment, call) => {
      if (moment !== 'after' || call.action !== action) return false;
      seen += 1;
      return seen === nth;
    });
    expect(killed).toBe(true);
    await expectWhole(slot);
  });

  (isLong ? test : test.skip)(
    'at every call, before and after it (set NIGHTSHIFT_LONG=1)',
    async () => {
      for (const moment of ['before', 'after'] as const) {
        for (let nth = 1; ; nth += 1) {
          const slot = nextNight();
          const killed = await runUntil(
            scheduled(slot),
            (at, _, sequence) => at === moment && sequence === nth,
          );
          await expectWhole(slot);
          if (!killed) break;
        }
      }
    },
    3_600_000,
  );
});
