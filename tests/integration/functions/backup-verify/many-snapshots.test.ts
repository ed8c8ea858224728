import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readSnapshots } from '../../../../functions/backup-verify/read-snapshots.ts';
import type { ExportTask, Snapshot } from '../../../../infra/local/rds/state.ts';
import { source } from '../../../support/drills.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { addSnapshots, automatedOf, look, regionOf, sourceOf } from '../../../support/verified-stage.ts';

let stage: JobStage;

beforeAll(async () => {
  stage = await startJobStage({ quotas: { manualSnapshots: 2_000 } });
  await stage.stack.rds.takeAutomatedSnapshot(source);
  const like = automatedOf(stage);
  const home = regionOf(stage);
  addSnapshots(home, like, [ofEarlierInstance, ...range(34).map(automatedOn), ...range(964).map(manual)]);
  const copies = range(400).map((index) => ({ ...manual(index), sourceArn: like.arn, region: 'us-east-1' }));
  addSnapshots(regionOf(stage, 'us-east-1'), like, copies);
  for (const index of range(300)) home.exportTasks.set(`export-${index}`, exportOf(like, `export-${index}`));
}, 60_000);
afterAll(() => stage?.stop());

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const ago = (days: number) => new Date(Date.now() - days * 86_400_000);

const automatedOn = (index: number): Partial<Snapshot> => ({
  identifier: `rds:menotime-demo-night-${index}`,
  originalCreateTime: ago(index + 1),
  createTime: ago(index + 1),
});
/** Newer than all others: were it taken for the instance's own, it would be the newest backup. */
const ofEarlierInstance: Partial<Snapshot> = {
  identifier: 'rds:menotime-demo-of-earlier',
  dbiResourceId: 'db-EARLIER',
  originalCreateTime: ago(-1),
  createTime: ago(-1),
};
const manual = (index: number): Partial<Snapshot> => ({
  identifier: `by-hand-${String(index).padStart(4, '0')}`,
  type: 'manual',
  sharedWith: index === 700 ? ['all'] : [],
});

function exportOf({ arn, region }: Snapshot, identifier: string): ExportTask {
  return {
    identifier,
    region,
    sourceArn: arn,
    exportOnly: [],
    snapshotTime: ago(1),
    bucket: 'elsewhere',
    prefix: '',
    iamRoleArn: 'arn',
    kmsKeyId: 'key',
    cancelling: new AbortController(),
    status: 'COMPLETE',
    startTime: ago(1),
    endTime: ago(1),
    percentProgress: 100,
    extractedBytes: 0,
    failureCause: undefined,
    warningMessage: undefined,
  };
}

test('1,000 snapshots here, 400 copies there and 300 exports: fewer than 60 calls of RDS, and the public one is found', async () => {
  const from = stage.stack.gateway.calls.length;
  const report = await look(stage);
  const calls = stage.stack.gateway.calls.slice(from).filter(({ service }) => service === 'rds');
  const counted = Object.fromEntries(
    Object.entries(Object.groupBy(calls, ({ action }) => action)).map(([action, all]) => [
      action,
      all?.length,
    ]),
  );
  expect(counted).toMatchObject({
    // Ten pages, four pages, and one each for what is public.
    DescribeDBSnapshots: 16,
    DescribeDBSnapshotAttributes: 24,
  });
  expect(calls.length).toBeLessThan(60);
  const sharing = report.findings.filter(({ check }) => check === 'sharing');
  expect(sharing[0]).toMatchObject({
    status: 'fail',
    fact: expect.stringContaining('RESTORE by-hand-0700 in us-west-1'),
  });
  expect(report.findings.find(({ check }) => check === 'nights')).toMatchObject({
    status: 'pass',
    fact: expect.stringMatching(/^8 automated snapshots/),
  });
});

test('a snapshot of an earlier instance of the same name is named, and counts for nothing', async () => {
  const { fact } = await readSnapshots(stage.clients.rds, source, sourceOf(stage).dbiResourceId);
  expect(fact.ofEarlier).toEqual(['rds:menotime-demo-of-earlier']);
  expect(fact.automated.map(({ identifier }) => identifier)).not.toContain('rds:menotime-demo-of-earlier');
  expect(fact.automated[0]?.identifier).toBe(automatedOf(stage).identifier);
});
