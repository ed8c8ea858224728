import { RestoreDBInstanceFromDBSnapshotCommand } from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { failingDrill, restoredNames, scheduledDrill } from '../../../support/drills.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { isLong } from '../../../support/long-runs.ts';

let stage: JobStage;
let snapshot: string;
let day = Date.parse('2026-06-01');
beforeAll(async () => {
  const patience = { restoreHours: 4 / 3_600, connectMinutes: 0.1, deleteHours: 10 / 3_600 };
  stage = await startJobStage({ drilling: { patience } });
  snapshot = await stage.stack.rds.takeAutomatedSnapshot('menotime-demo');
});
afterEach(() => {
  stage.stack.rds.faults.clear();
});
afterAll(() => stage?.stop());

function nextDay(): string {
  day += 86_400_000;
  return new Date(day).toISOString().slice(0, 10);
}

const refusals = [
  { code: 'InsufficientDBInstanceCapacity', says: /instanceClass/ },
  { code: 'InstanceQuotaExceeded', says: /quota raised/, long: true },
  { code: 'StorageQuotaExceeded', says: /quota raised/, long: true },
  { code: 'KMSKeyNotAccessibleFault', says: /kms:CreateGrant/ },
  { code: 'DBSubnetGroupNotFoundFault', says: /subnetGroup/, long: true },
  { code: 'InvalidDBSnapshotState', says: /choose another/, long: true },
  { code: 'AccessDenied', says: /credentials of your own/, long: true },
];

test.each(refusals.filter(({ long = false }) => isLong || !long))(
  '$code is said with what to do, once, and nothing is left',
  async ({ code, says }) => {
    const slot = nextDay();
    stage.stack.rds.faults.order({
      kind: 'call-refused',
      identifier: 'RestoreDBInstanceFromDBSnapshot',
      code,
      status: 400,
    });
    const from = stage.stack.gateway.calls.length;
    const { error } = await failingDrill(stage, scheduledDrill(slot), slot);
    expect(error.message).toMatch(says);
    expect(error.message).toContain(`Restoring the snapshot ${snapshot} to nightshift-drill-`);
    const tries = stage.stack.gateway.calls
      .slice(from)
      .filter(({ action }) => action === 'RestoreDBInstanceFromDBSnapshot');
    expect(tries).toHaveLength(1);
    expect(await restoredNames(stage.clients.rds)).toEqual([]);
  },
);

test('a restore that stays in creating runs out of patience, and is deleted', async () => {
  const slot = nextDay();
  stage.stack.rds.faults.order({ kind: 'restore-sticks' });
  const { error, report } = await failingDrill(stage, scheduledDrill(slot), slot);
  expect(error.message).toMatch(/still creating 4 s after/);
  expect(report?.findings).toMatchObject([{ check: 'restore', status: 'fail' }]);
  expect(await restoredNames(stage.clients.rds)).toEqual([]);
});

test('an instance that has the name, and not the tags, is refused and left alone', async () => {
  const slot = nextDay();
  const name = `nightshift-drill-demo-menotime-${slot}`;
  stage.stack.rds.faults.order({ kind: 'restore-sticks' });
  await stage.clients.rds.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier: name,
      DBSnapshotIdentifier: snapshot,
      Tags: [{ Key: 'team', Value: 'other' }],
    }),
  );
  const { error } = await failingDrill(stage, scheduledDrill(slot), slot);
  expect(error.message).toMatch(/does not carry the tags of this run/);
  expect(await restoredNames(stage.clients.rds)).toEqual([name]);
});
