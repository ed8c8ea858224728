import { DescribeDBSnapshotsCommand, ListTagsForResourceCommand } from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { FaultScope, RdsFault } from '../../../../infra/local/rds/faults.ts';
import { type JobStage, scheduled, startJobStage } from '../../../support/job-stage.ts';
import { isLong } from '../../../support/long-runs.ts';
import { listKeys, madeFor, readObject } from '../../../support/made.ts';

const impatient = {
  instanceMinutes: 2 / 60,
  snapshotHours: 6 / 3_600,
  placeHours: 2 / 3_600,
  exportHours: 8 / 3_600,
  copyHours: 8 / 3_600,
};

export interface FailingRuns {
  readonly stage: JobStage;
  nextNight(): string;
  /** Runs a slot that must fail; answers the error's message, which the record must repeat. */
  failing(slot: string): Promise<Error>;
}

export interface OrderedFault {
  readonly what: string;
  readonly fault: RdsFault & FaultScope;
  /** What the error must say. */
  readonly says: readonly RegExp[];
  /** Told apart from its neighbours by one word of RDS alone: tried in the long form. */
  readonly long?: boolean;
  /** What the next start makes anew, under the name of a second try. */
  readonly again?: readonly ('snapshots' | 'exports' | 'copies')[];
}

/** One impatient stage for the tests of a file; every fault is cleared after each. */
export function useFailingRuns(): () => FailingRuns {
  let stage: JobStage;
  let day = Date.parse('2026-05-01');
  beforeAll(async () => {
    stage = await startJobStage({ settings: { patience: impatient }, quotas: { manualSnapshots: 60 } });
  });
  afterEach(() => {
    stage.stack.rds.faults.clear();
    stage.stack.gateway.faults.clear();
  });
  afterAll(() => stage?.stop());
  return () => ({
    stage,
    nextNight: () => {
      day += 86_400_000;
      return new Date(day).toISOString().slice(0, 10);
    },
    failing: (slot) => failing(stage, slot),
  });
}

/** Each is named, recorded, thrown, and leaves nothing untagged. */
export function testOrderedFaults(runs: () => FailingRuns, faults: readonly OrderedFault[]): void {
  test.each(faults.filter((each) => isLong || !each.long))('$what', async ({ fault, says, again }) => {
    const { stage, nextNight } = runs();
    const slot = nextNight();
    stage.stack.rds.faults.order(fault);
    const { message } = await runs().failing(slot);
    for (const words of says) expect(message).toMatch(words);
    if (!again) return;
    stage.stack.rds.faults.clear();
    expect(await stage.run(scheduled(slot))).toMatchObject({ kind: 'done', before: false });
    const made = await madeFor(stage, slot);
    // What failed has been deleted by retention, now that another one is usable; exports cannot be deleted.
    expect(made.snapshots).toMatchObject([{ Status: 'available' }]);
    expect(made.copies).toMatchObject([{ Status: 'available' }]);
    expect(made.exports.map(({ Status }) => Status).filter((status) => status === 'COMPLETE')).toHaveLength(
      1,
    );
    for (const part of again) expect(JSON.stringify(made[part])).toContain(`${slot}-r2`);
  });
}

async function failing(stage: JobStage, slot: string): Promise<Error> {
  const error = await stage.run(scheduled(slot)).then(
    (result) => Promise.reject(new Error(`The run should have failed: ${JSON.stringify(result)}`)),
    (thrown: Error) => thrown,
  );
  const made = await madeFor(stage, slot);
  expect(made.successes).toEqual([]);
  expect(made.failures).toHaveLength(1);
  const record = JSON.parse(await readObject(stage, made.failures[0] ?? ''));
  expect(record).toMatchObject({ status: 'failed', slot, error: { message: error.message } });
  await expectEverythingTagged(stage);
  return error;
}

async function expectEverythingTagged(stage: JobStage): Promise<void> {
  for (const { rds } of [stage.clients, stage.second]) {
    const { DBSnapshots = [] } = await rds.send(new DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }));
    for (const { DBSnapshotArn } of DBSnapshots) {
      const { TagList = [] } = await rds.send(
        new ListTagsForResourceCommand({ ResourceName: DBSnapshotArn }),
      );
      expect(TagList).toContainEqual({ Key: 'nightshift:managed-by', Value: 'nightshift-demo' });
    }
  }
  const folders = new Set(
    (await listKeys(stage.clients.s3, stage.names.backupBucket, 'exports/')).map((key) => key.split('/')[1]),
  );
  for (const folder of folders) {
    expect(
      await listKeys(stage.clients.s3, stage.names.backupBucket, `exports/${folder}/nightshift.json`),
    ).toHaveLength(1);
  }
}
