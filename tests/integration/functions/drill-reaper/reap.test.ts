import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeDBInstancesCommand, RestoreDBInstanceFromDBSnapshotCommand } from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { drillIdentifier, drillTags } from '../../../../shared/restore/drill-instance.ts';
import { restoredNames } from '../../../support/drills.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';

let stage: JobStage;
let snapshot: string;
beforeAll(async () => {
  stage = await startJobStage();
  snapshot = await stage.stack.rds.takeAutomatedSnapshot('menotime-demo');
  // Nothing is asked of these: they need no server.
  stage.stack.rds.faults.order({ kind: 'restore-sticks', times: 100 });
});
afterEach(() => stage.stack.gateway.faults.clear());
afterAll(() => stage?.stop());

const past = new Date(Date.now() - 1_000);
const future = new Date(Date.now() + 3_600_000);
const parts = (slot: string, stageName = 'demo') => ({ stage: stageName, database: 'menotime', slot });

async function restoreTo(identifier: string, tags: Record<string, string>): Promise<string> {
  await stage.clients.rds.send(
    new RestoreDBInstanceFromDBSnapshotCommand({
      DBInstanceIdentifier: identifier,
      DBSnapshotIdentifier: snapshot,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
  return identifier;
}

async function gone(identifier: string): Promise<void> {
  for (;;) {
    if (!(await restoredNames(stage.clients.rds)).includes(identifier)) return;
    await sleep(20);
  }
}

test('what drills left behind is removed and told; whatever lacks the name, a tag or the expiry survives', async () => {
  const expired = drillTags(parts('2026-01-04'), past);
  const left = await restoreTo(drillIdentifier(parts('2026-01-04')), expired);
  const { 'nightshift:managed-by': _, ...withoutOne } = expired;
  const { 'nightshift:expires-at': _expiry, ...withoutExpiry } = expired;
  const survivors = [
    await restoreTo(drillIdentifier(parts('2026-01-05')), drillTags(parts('2026-01-05'), future)),
    await restoreTo('nightshift-drill-of-somebody', { team: 'other' }),
    await restoreTo('nightshift-drill-demo-menotime-copied', withoutOne),
    await restoreTo('nightshift-drill-demo-menotime-for-ever', withoutExpiry),
    await restoreTo('nightshift-drill-demo-menotime-until', {
      ...expired,
      'nightshift:expires-at': 'some day',
    }),
    await restoreTo(
      drillIdentifier(parts('2026-01-04', 'prod')),
      drillTags(parts('2026-01-04', 'prod'), past),
    ),
    await restoreTo('menotime-demo-2', expired),
  ];
  const dry = await stage.reap({ dryRun: true });
  expect(dry).toMatchObject({ kind: 'planned', report: { expired: [{ target: left }], deleted: [] } });
  expect(await restoredNames(stage.clients.rds)).toHaveLength(survivors.length + 1);

  const from = stage.stack.gateway.calls.length;
  const result = await stage.reap({ trigger: 'schedule', scheduledTime: '2026-01-04T16:00:00Z' });
  expect(result).toMatchObject({ kind: 'ran', report: { deleted: [{ target: left, region: 'us-west-1' }] } });
  await gone(left);
  expect((await restoredNames(stage.clients.rds)).sort()).toEqual([...survivors].sort());
  const calls = stage.stack.gateway.calls.slice(from);
  expect(calls.filter(({ action }) => action === 'DeleteDBInstance')).toHaveLength(1);
  expect(calls.filter(({ action }) => action === 'Publish')).toHaveLength(1);
  // Both regions that drills may restore in are looked at.
  const looked = calls.filter(({ action }) => action === 'DescribeDBInstances').map(({ region }) => region);
  expect(new Set(looked)).toEqual(new Set(['us-west-1', 'us-east-1']));
});

test('nothing to remove is no news', async () => {
  const from = stage.stack.gateway.calls.length;
  expect(await stage.reap({})).toEqual({ kind: 'ran', report: { expired: [], deleted: [] } });
  const actions = stage.stack.gateway.calls.slice(from).map(({ action }) => action);
  expect(new Set(actions)).toEqual(new Set(['DescribeDBInstances']));
});

test('one that cannot be deleted does not stop the others, and fails the run', async () => {
  const names = await Promise.all(
    ['2026-02-01', '2026-02-02'].map((slot) =>
      restoreTo(drillIdentifier(parts(slot)), drillTags(parts(slot), past)),
    ),
  );
  const [stays = '', goes = ''] = names.sort();
  stage.stack.rds.faults.order({
    kind: 'call-refused',
    identifier: 'DeleteDBInstance',
    code: 'InvalidDBInstanceState',
    status: 400,
  });
  const from = stage.stack.gateway.calls.length;
  await expect(stage.reap({})).rejects.toThrow(new RegExp(`${stays}[^]*${goes}`));
  await gone(goes);
  const { DBInstances = [] } = await stage.clients.rds.send(
    new DescribeDBInstancesCommand({ DBInstanceIdentifier: stays }),
  );
  expect(DBInstances).toHaveLength(1);
  const told = stage.stack.gateway.calls.slice(from).filter(({ action }) => action === 'Publish');
  expect(told).toHaveLength(1);
});

test('a region that cannot be asked does not keep the other from being tidied, and fails the run', async () => {
  const left = await restoreTo(drillIdentifier(parts('2026-02-03')), drillTags(parts('2026-02-03'), past));
  stage.stack.gateway.faults.order({ effect: { kind: 'deny' }, service: 'rds', region: 'us-east-1' });
  await expect(stage.reap({})).rejects.toThrow(/AccessDenied/);
  await gone(left);
});
