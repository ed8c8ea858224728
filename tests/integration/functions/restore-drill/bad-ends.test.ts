import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { BAD_RESTORE_ENDS } from '../../../../infra/local/rds/faults.ts';
import { failingDrill, restoredNames, scheduledDrill } from '../../../support/drills.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { isLong } from '../../../support/long-runs.ts';

let stage: JobStage;
let day = Date.parse('2026-05-01');
beforeAll(async () => {
  stage = await startJobStage({
    // So long that waiting for it would be seen.
    drilling: { patience: { restoreHours: 0.1, connectMinutes: 1, deleteHours: 0.1 } },
  });
  await stage.stack.rds.takeAutomatedSnapshot('menotime-demo');
});
afterEach(() => stage.stack.rds.faults.clear());
afterAll(() => stage?.stop());

function nextDay(): string {
  day += 86_400_000;
  return new Date(day).toISOString().slice(0, 10);
}

/** Those that the SDK's own waiter waits on for ever; the others in the long form. */
const unknownToTheSdk = ['restore-error', 'insufficient-capacity', 'storage-full'];
const ends = BAD_RESTORE_ENDS.filter((status) => isLong || unknownToTheSdk.includes(status));

test.each(ends)('%s fails at once, with what to do, and the instance is deleted', async (status) => {
  const slot = nextDay();
  stage.stack.rds.faults.order({ kind: 'restore-ends', status });
  const from = stage.stack.gateway.calls.length;
  const { error, report, record } = await failingDrill(stage, scheduledDrill(slot), slot);
  expect(error.message).toContain(`ended as ${status}. `);
  expect(report?.findings).toEqual([expect.objectContaining({ check: 'restore', status: 'fail' })]);
  expect(record).toMatchObject({ status: 'failed', error: { message: error.message } });
  const looks = stage.stack.gateway.calls
    .slice(from)
    .filter(({ action }) => action === 'DescribeDBInstances');
  expect(looks.length).toBeLessThan(12);
  expect(await restoredNames(stage.clients.rds)).toEqual([]);
});

test('deleted meanwhile by somebody else: said, and nothing is left', async () => {
  const slot = nextDay();
  const name = `nightshift-drill-demo-menotime-${slot}`;
  stage.stack.rds.faults.setInstanceStatus(name, 'deleting');
  let looks = 0;
  const drill = failingDrill(stage, scheduledDrill(slot), slot);
  // It shows the status until it is asked to be deleted, which the drill leaves to whoever began.
  const stop = stage.stack.gateway.onCall((moment, call) => {
    if (moment === 'before' && call.action === 'DescribeDBInstances') looks += 1;
    if (looks > 5) stage.stack.rds.faults.setInstanceStatus(name, undefined);
  });
  const { error } = await drill.finally(stop);
  expect(error.message).toMatch(/ended as deleting\. Somebody deletes it/);
  expect(await restoredNames(stage.clients.rds)).toEqual([]);
});
