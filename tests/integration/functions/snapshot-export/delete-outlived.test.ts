import {
  AddTagsToResourceCommand,
  CopyDBSnapshotCommand,
  CreateDBSnapshotCommand,
  DescribeDBSnapshotsCommand,
  waitUntilDBSnapshotAvailable,
} from '@aws-sdk/client-rds';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { carryOut } from '../../../../functions/snapshot-export/delete-outlived.ts';
import type { PruningContext } from '../../../../functions/snapshot-export/job.ts';
import { slotTags } from '../../../../functions/snapshot-export/plan.ts';
import { planPruning } from '../../../../functions/snapshot-export/prune.ts';
import type { PruneAction } from '../../../../functions/snapshot-export/retention.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { listKeys } from '../../../support/made.ts';
import { exportSettings, nightlyRequest } from '../../../support/snapshot-export-request.ts';

const database = 'menotime';
const stranger = 'menotime-prod-pre-v1-2-3-20240201';
const named = (night: string) => `nightshift-demo-menotime-${night}`;
let stage: JobStage;
let job: PruningContext;

beforeAll(async () => {
  stage = await startJobStage();
  job = laterBy(100);
  for (const night of ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-04'])
    await take(named(night), night);
  await take(stranger, '2026-01-01');
});
afterAll(() => stage?.stop());

/** The job, as it sees its stage so many days from now: what is new today has become old. */
function laterBy(days: number): PruningContext {
  const retention = { keepNewest: 1, snapshotDays: 35, copyDays: 35, exportDays: 50 };
  const settings = exportSettings({ retention, copyTo: { region: 'us-east-1' } });
  return {
    stage: 'demo',
    config: stage.config,
    names: stage.names,
    startedAt: new Date(Date.now() + days * 86_400_000),
    request: { ...nightlyRequest, instance: 'menotime-demo', settings },
    extra: {
      rds: stage.clients.rds,
      rdsIn: (region: string) => (region === 'us-east-1' ? stage.second.rds : stage.clients.rds),
    },
    aws: { s3: stage.clients.s3 },
  } as unknown as PruningContext;
}

const tagsOf = (slot: string) =>
  Object.entries(slotTags('demo', { database, slot })).map(([Key, Value]) => ({ Key, Value }));

async function take(DBSnapshotIdentifier: string, slot: string): Promise<void> {
  const { rds: client } = stage.clients;
  await client.send(
    new CreateDBSnapshotCommand({
      DBInstanceIdentifier: 'menotime-demo',
      DBSnapshotIdentifier,
      Tags: tagsOf(slot),
    }),
  );
  await waitUntilDBSnapshotAvailable({ client, maxWaitTime: 30, minDelay: 1 }, { DBSnapshotIdentifier });
}

async function snapshots(rds = stage.clients.rds) {
  return (await rds.send(new DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }))).DBSnapshots ?? [];
}
const names = async (rds = stage.clients.rds) =>
  (await snapshots(rds)).map(({ DBSnapshotIdentifier }) => DBSnapshotIdentifier);

async function planned(target: string): Promise<PruneAction> {
  const found = (await planPruning(job)).find((action) => action.target === target);
  if (found) return found;
  throw new Error(`${target} was not planned to be deleted.`);
}

describe('a snapshot', () => {
  test('that carries our tags under another name is not planned to go, and none is while all are young', async () => {
    const targets = (await planPruning(job)).map(({ target }) => target).sort();
    expect(targets).toEqual([named('2026-01-01'), named('2026-01-02'), named('2026-01-03')]);
    expect(await planPruning(laterBy(0))).toEqual([]);
  });

  test('goes if it is as it was planned, and once only', async () => {
    const action = await planned(named('2026-01-01'));
    expect(await carryOut(job, action)).toBeNull();
    expect(await carryOut(job, action)).toBeNull();
    expect(await names()).not.toContain(named('2026-01-01'));
  });

  test('that was marked to be kept since stays', async () => {
    const action = await planned(named('2026-01-02'));
    const found = (await snapshots()).find(
      ({ DBSnapshotIdentifier }) => DBSnapshotIdentifier === action.target,
    );
    await stage.clients.rds.send(
      new AddTagsToResourceCommand({
        ResourceName: found?.DBSnapshotArn,
        Tags: [{ Key: 'nightshift:keep', Value: 'true' }],
      }),
    );
    expect(await carryOut(job, action)).toMatch(/tags are no longer those of a night/);
    expect(await names()).toContain(action.target);
  });

  test('that has taken the name of the planned one stays', async () => {
    const action = await planned(named('2026-01-03'));
    const before = { ...action, createdAt: '2025-01-01T00:00:00.000Z' };
    expect(await carryOut(job, before)).toMatch(/another one has its name now/);
    expect(await names()).toContain(action.target);
  });

  test('of somebody else stays, even if a plan names it', async () => {
    const action = { ...(await planned(named('2026-01-03'))), target: stranger };
    expect(await carryOut(job, action)).toMatch(/no longer those of a night/);
    expect(await names()).toContain(stranger);
  });
});

test('a copy is looked at and deleted in its own region', async () => {
  const { rds: client } = stage.second;
  for (const night of ['2026-01-03', '2026-01-04']) {
    const DBSnapshotIdentifier = named(night);
    const source = (await snapshots()).find((each) => each.DBSnapshotIdentifier === DBSnapshotIdentifier);
    await client.send(
      new CopyDBSnapshotCommand({
        SourceDBSnapshotIdentifier: source?.DBSnapshotArn,
        TargetDBSnapshotIdentifier: DBSnapshotIdentifier,
        Tags: tagsOf(night),
      }),
    );
    await waitUntilDBSnapshotAvailable({ client, maxWaitTime: 30, minDelay: 1 }, { DBSnapshotIdentifier });
  }
  const copies = (await planPruning(job)).filter(({ kind }) => kind === 'delete copy');
  expect(copies.map(({ target }) => target)).toEqual([named('2026-01-03')]);
  for (const action of copies) expect(await carryOut(job, action)).toBeNull();
  expect(await names(client)).toEqual([named('2026-01-04')]);
  expect(await names()).toContain(named('2026-01-03'));
});

describe('an export', () => {
  const Bucket = () => stage.names.backupBucket;
  const put = (Key: string, Body: string, Metadata: Record<string, string> = {}) =>
    stage.clients.s3.send(new PutObjectCommand({ Bucket: Bucket(), Key, Body, Metadata }));
  const folder = (night: string) => `exports/${named(night)}/`;
  const mark = (night: string, stageName = 'demo') =>
    put(`${folder(night)}nightshift.json`, '{}', {
      'nightshift-managed-by': `nightshift-${stageName}`,
      'nightshift-database': database,
      'nightshift-slot': night,
    });
  const keysOf = (night: string) => listKeys(stage.clients.s3, Bucket(), folder(night));

  beforeAll(async () => {
    for (const [index, night] of ['2025-01-01', '2025-01-02', '2025-01-03', '2025-01-04'].entries()) {
      for (let part = 0; part < 3; part += 1) await put(`${folder(night)}db/t/1/part-${part}.parquet`, 'x');
      await mark(night);
      const body = { export: { id: named(night) } };
      // The last two nights failed: they left files, and no manifest.
      if (index < 2)
        await put(`manifests/snapshot-export/menotime/0000000${index + 1}.json`, JSON.stringify({ body }));
    }
  });

  const plannedExports = async () =>
    (await planPruning(job)).filter(({ kind }) => kind === 'delete export').map(({ target }) => target);

  test('that is the newest proved one stays, though failed nights came after it', async () => {
    expect((await plannedExports()).sort()).toEqual(['2025-01-01', '2025-01-03', '2025-01-04'].map(named));
  });

  test('whose mark is another’s or gone by now stays', async () => {
    const action = await planned(named('2025-01-03'));
    await mark('2025-01-03', 'dev');
    expect(await carryOut(job, action)).toMatch(/mark beside it no longer says/);
    await stage.clients.s3.send(
      new DeleteObjectCommand({ Bucket: Bucket(), Key: `${folder('2025-01-03')}nightshift.json` }),
    );
    expect(await carryOut(job, action)).toMatch(/mark beside it no longer says/);
    expect(await keysOf('2025-01-03')).toHaveLength(3);
  });

  test('that was made anew since stays', async () => {
    const action = { ...(await planned(named('2025-01-04'))), createdAt: '2025-01-01T00:00:00.000Z' };
    expect(await carryOut(job, action)).toMatch(/another one has its name now/);
    expect(await keysOf('2025-01-04')).toHaveLength(4);
  });

  test('goes with all of its files if it is as it was planned, and once only', async () => {
    const action = await planned(named('2025-01-01'));
    expect(await carryOut(job, action)).toBeNull();
    expect(await keysOf('2025-01-01')).toEqual([]);
    expect(await carryOut(job, action)).toBeNull();
    expect(await keysOf('2025-01-02')).toHaveLength(4);
  });
});
