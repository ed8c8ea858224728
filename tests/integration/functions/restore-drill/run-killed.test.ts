import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CallMoment, CallRecord } from '../../../../infra/local/gateway/call-log.ts';
import { done, reportOf, restoredNames, scheduledDrill } from '../../../support/drills.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { isLong } from '../../../support/long-runs.ts';
import { listKeys } from '../../../support/made.ts';

type IsTheOne = (moment: CallMoment, call: CallRecord, sequence: number) => boolean;

/** The moments that leave the most behind, and how many restores both starts make together. */
const tellingMoments: readonly { action: string; restores: number }[] = [
  { action: 'RestoreDBInstanceFromDBSnapshot', restores: 1 },
  // Signed in to the restored instance, and asking it.
  { action: 'GetSecretValue', restores: 1 },
  // What was answered is lost with the execution, so that all of it is done again.
  { action: 'DeleteDBInstance', restores: 2 },
];

describe('a drill whose process is killed, and the event delivered again', () => {
  let stage: JobStage;
  let day = Date.parse('2026-03-01');

  beforeAll(async () => {
    stage = await startJobStage();
    await stage.stack.rds.takeAutomatedSnapshot('menotime-demo');
  });
  afterAll(() => stage?.stop());

  function nextDay(): string {
    day += 86_400_000;
    return new Date(day).toISOString().slice(0, 10);
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
      await stage.drill(event, { signal: killer.signal });
      return false;
    } catch (error) {
      if (killer.signal.aborted) return true;
      throw error;
    } finally {
      stop();
    }
  }

  async function expectWhole(slot: string): Promise<void> {
    const report = reportOf(await stage.drill(scheduledDrill(slot)));
    expect(report.findings.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(await restoredNames(stage.clients.rds)).toEqual([]);
    const prefix = `runs/restore-drill/menotime/${slot}`;
    expect(await listKeys(stage.clients.s3, stage.names.backupBucket, prefix)).toEqual([`${prefix}.json`]);
  }

  test.each(tellingMoments)('just after $action', async ({ action, restores }) => {
    const slot = nextDay();
    const from = stage.stack.gateway.calls.length;
    const killed = await runUntil(
      scheduledDrill(slot),
      (moment, call) => moment === 'after' && call.action === action,
    );
    expect(killed).toBe(true);
    await expectWhole(slot);
    expect(done(stage, 'RestoreDBInstanceFromDBSnapshot', from)).toBe(restores);
  });

  (isLong ? test : test.skip)(
    'at every call, before and after it (set NIGHTSHIFT_LONG=1)',
    async () => {
      for (const moment of ['before', 'after'] as const) {
        for (let nth = 1; ; nth += 1) {
          const slot = nextDay();
          const killed = await runUntil(
            scheduledDrill(slot),
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
