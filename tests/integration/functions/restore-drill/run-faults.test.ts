import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withConnection } from '../../../../infra/local/postgres/connection.ts';
import { restoreDrill } from '../../../../shared/config/restore-drill.ts';
import {
  done,
  failingDrill,
  reportOf,
  restoredInstances,
  restoredNames,
  scheduledDrill,
} from '../../../support/drills.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';

/** Few questions, one of them long enough to be met in its middle. */
const { questions } = restoreDrill.parse({
  questions: {
    rowCounts: false,
    amcheck: { share: 0 },
    assertions: [{ name: 'slow', query: 'SELECT pg_sleep(1.5) IS NOT NULL', equals: 'true' }],
  },
});

let stage: JobStage;
beforeAll(async () => {
  stage = await startJobStage({ drilling: { questions } });
  await stage.stack.rds.takeAutomatedSnapshot('menotime-demo');
});
afterAll(() => stage?.stop());

test('throttled, answered with 5xx or cut off, a drill still passes, with one restore', async () => {
  const { faults, calls } = stage.stack.gateway;
  faults.order({ effect: { kind: 'throttle' }, service: 'rds', rate: 0.2, seed: 1 });
  faults.order({ effect: { kind: 'error', status: 503 }, rate: 0.05, seed: 2 });
  const cut = { kind: 'cut', when: 'after' } as const;
  faults.order({ effect: cut, action: 'RestoreDBInstanceFromDBSnapshot', times: 1 });
  faults.order({ effect: cut, action: 'DeleteDBInstance', times: 1 });
  const from = calls.length;
  const report = reportOf(await stage.drill(scheduledDrill('2026-04-05')));
  faults.clear();
  expect(report.findings.filter(({ status }) => status === 'fail')).toEqual([]);
  expect(calls.slice(from).filter(({ fault }) => fault !== undefined).length).toBeGreaterThan(2);
  // Whatever came after the answer that was lost found the instance there.
  expect(done(stage, 'RestoreDBInstanceFromDBSnapshot', from)).toBeLessThanOrEqual(1);
  expect(await restoredNames(stage.clients.rds)).toEqual([]);
});

describe('a connection that is lost in the middle of a question', () => {
  /** Ends the session that asks, so many times; resolves when it has. */
  async function cutOff(times: number): Promise<void> {
    for (let cut = 0; cut < times; ) {
      const [restored] = await restoredInstances(stage.clients.rds);
      if (restored?.DBInstanceStatus === 'available' && restored.Endpoint?.Port) {
        cut += await endSleepers(restored.Endpoint.Port);
      }
      await sleep(20);
    }
  }

  function endSleepers(port: number): Promise<number> {
    const [database] = stage.databases;
    const connection = { ...database?.instance.adminConnection, port };
    return withConnection(connection, async (client) => {
      const { rowCount } = await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name LIKE 'nightshift restore-drill%' AND pid <> pg_backend_pid() AND query LIKE 'FETCH%nightshift_asks%' AND state = 'active'`,
      );
      return rowCount ?? 0;
    });
  }

  test('once: it is asked again, and the drill passes', async () => {
    const [result] = await Promise.all([stage.drill(scheduledDrill('2026-04-12')), cutOff(1)]);
    const slow = reportOf(result).findings.find(({ check }) => check.startsWith('assertion'));
    expect(slow).toMatchObject({ status: 'pass' });
  });

  test('twice: it could not be asked, the others were, and the instance is gone', async () => {
    const [{ error, report }] = await Promise.all([
      failingDrill(stage, scheduledDrill('2026-04-19'), '2026-04-19'),
      cutOff(2),
    ]);
    expect(error.message).toMatch(/FAIL assertions: could not be asked: .*menotime_demo/);
    expect(report?.findings).toContainEqual(expect.objectContaining({ check: 'opens', status: 'pass' }));
    expect(report?.findings).toContainEqual(expect.objectContaining({ check: 'sequences', status: 'pass' }));
    expect(await restoredNames(stage.clients.rds)).toEqual([]);
  });
});
