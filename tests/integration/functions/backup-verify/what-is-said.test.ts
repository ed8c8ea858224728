import { ModifyDBInstanceCommand, ModifyDBSnapshotAttributeCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { source } from '../../../support/drills.ts';
import type { JobStage } from '../../../support/job-stage.ts';
import {
  addSnapshots,
  automatedOf,
  look,
  notPassed,
  regionOf,
  sourceOf,
  startVerifiedStage,
} from '../../../support/verified-stage.ts';

let stage: JobStage;

beforeAll(async () => {
  stage = await startVerifiedStage();
}, 120_000);
afterAll(() => stage?.stop());

describe('is said', () => {
  test('a stale snapshot', async () => {
    const snapshot = automatedOf(stage);
    const { originalCreateTime } = snapshot;
    snapshot.originalCreateTime = new Date(Date.now() - 26 * 3_600_000);
    expect((await look(stage)).findings[0]).toMatchObject({
      check: 'snapshot age',
      status: 'fail',
      fact: expect.stringContaining('26 h ago'),
    });
    snapshot.originalCreateTime = originalCreateTime;
  });

  test('a snapshot that failed, and the night that it leaves without one', async () => {
    const like = automatedOf(stage);
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);
    addSnapshots(regionOf(stage), like, [
      { identifier: 'rds:menotime-demo-b', originalCreateTime: daysAgo(2), createTime: daysAgo(2) },
      { identifier: 'rds:menotime-demo-c', originalCreateTime: daysAgo(1), status: 'failed' },
    ]);
    const report = await look(stage);
    expect(notPassed(report)).toEqual(['fail nights', 'fail failed snapshots']);
    expect(report.findings[1]?.fact).toContain('rds:menotime-demo-c (failed)');
    for (const name of ['rds:menotime-demo-b', 'rds:menotime-demo-c']) regionOf(stage).snapshots.delete(name);
  });

  test('a latest restorable time that is stuck', async () => {
    const backup = sourceOf(stage).automatedBackup;
    if (!backup) throw new Error('The instance keeps no automated backups.');
    const { latestRestorableTime } = backup;
    backup.latestRestorableTime = new Date(Date.now() - 16 * 60_000);
    expect(notPassed(await look(stage))).toEqual(['fail latest restorable time', 'fail recovery point']);
    backup.latestRestorableTime = latestRestorableTime;
  });

  test('a public snapshot', async () => {
    const share = (change: object) =>
      stage.clients.rds.send(
        new ModifyDBSnapshotAttributeCommand({
          DBSnapshotIdentifier: 'pre-v2',
          AttributeName: 'restore',
          ...change,
        }),
      );
    await share({ ValuesToAdd: ['all', '999988887777'] });
    const report = await look(stage);
    expect(notPassed(report)).toEqual(['fail sharing', 'fail sharing']);
    expect(report.findings[0]?.fact).toContain('RESTORE pre-v2 in us-west-1');
    expect(report.findings[1]?.fact).toContain('with 999988887777');
    expect(report.sharedSnapshots).toEqual(['pre-v2']);
    await share({ ValuesToRemove: ['all', '999988887777'] });
  });

  test('a copy that is missing in the second region', async () => {
    const { snapshots } = regionOf(stage, 'us-east-1');
    const copies = new Map(snapshots);
    snapshots.clear();
    expect((await look(stage)).findings[0]).toMatchObject({ check: 'copy age', status: 'fail' });
    for (const [name, copy] of copies) snapshots.set(name, copy);
  });

  test('a posture that somebody has changed', async () => {
    const modify = (change: object) =>
      stage.clients.rds.send(
        new ModifyDBInstanceCommand({ DBInstanceIdentifier: source, ApplyImmediately: true, ...change }),
      );
    await modify({ PubliclyAccessible: true, PreferredBackupWindow: '12:00-12:30' });
    expect(notPassed(await look(stage))).toEqual(['fail public access', 'warn backup window']);
    await modify({ PubliclyAccessible: false, PreferredBackupWindow: '03:00-03:30' });
  });
});
