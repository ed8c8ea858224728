import { StartExportTaskCommand } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type JobStage, type SnapshotExportResult, startJobStage } from '../../../support/job-stage.ts';
import { madeFor } from '../../../support/made.ts';

describe('started by the event of an automated snapshot', () => {
  let stage: JobStage;
  const delivered: { job: string; event: unknown; result: Promise<SnapshotExportResult> }[] = [];

  beforeAll(async () => {
    stage = await startJobStage({
      deliver: async (job, event) => {
        const result = stage.run(event);
        delivered.push({ job, event, result });
        await result;
      },
    });
  });
  afterAll(() => stage?.stop());

  test('the rule of the template takes it to the function, which adopts the snapshot and says that no counts exist', async () => {
    const snapshot = await stage.stack.rds.takeAutomatedSnapshot('menotime-demo');
    await stage.stack.events.settled();
    expect(delivered).toHaveLength(1);
    const result = await delivered[0]?.result;
    expect(result).toMatchObject({
      kind: 'done',
      record: {
        trigger: 'by RDS-EVENT-0091',
        report: {
          snapshot: { identifier: snapshot, adopted: true },
          export: { proof: { against: { 'no counts': expect.any(Number) } } },
        },
      },
    });
    const slot = new Date().toISOString().slice(0, 10);
    const made = await madeFor(stage, slot);
    expect(made.snapshots).toEqual([]);
    expect(made.exports).toHaveLength(1);
    expect(made.copies).toMatchObject([{ Status: 'available' }]);
  });

  test('the schedule of the same night finds the work done', async () => {
    const event = { trigger: 'schedule', database: 'menotime', scheduledTime: new Date().toISOString() };
    expect(await stage.run(event)).toMatchObject({ kind: 'done', before: true });
  });

  test('somebody else exports the snapshot: waited for, then exported', async () => {
    const snapshot = await stage.stack.rds.takeAutomatedSnapshot(
      'menotime-demo',
      new Date(Date.now() + 60_000),
    );
    await stage.stack.events.settled();
    const sourceArn = `arn:aws:rds:us-west-1:111122223333:snapshot:${snapshot}`;
    stage.stack.rds.faults.order({ kind: 'export-sticks', identifier: 'a-strangers-export' });
    await stage.clients.rds.send(
      new StartExportTaskCommand({
        ExportTaskIdentifier: 'a-strangers-export',
        SourceArn: sourceArn,
        S3BucketName: stage.names.backupBucket,
        IamRoleArn: stage.names.exportTaskRoleArn,
        KmsKeyId: stage.names.keyId,
      }),
    );
    const running = stage.run({
      trigger: 'schedule',
      database: 'menotime',
      scheduledTime: '2026-06-01T03:30:00Z',
    });
    // Again and again: what has not come to the point where it sticks is not let go on.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const releasing = setInterval(() => stage.stack.rds.faults.release(), 500);
    const result = await running.finally(() => clearInterval(releasing));
    expect(result).toMatchObject({
      kind: 'done',
      record: { report: { snapshot: { identifier: snapshot } } },
    });
  });
});
