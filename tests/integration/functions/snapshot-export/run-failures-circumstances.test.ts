import { DescribeExportTasksCommand } from '@aws-sdk/client-rds';
import { describe, expect, test } from '@jest/globals';
import { type JobStage, scheduled } from '../../../support/job-stage.ts';
import { isLong } from '../../../support/long-runs.ts';
import { madeFor } from '../../../support/made.ts';
import { useFailingRuns } from './failing-runs.ts';

describe('circumstances in which a run fails', () => {
  const runs = useFailingRuns();

  test.each(isLong ? ['stopped', 'storage-full', 'incompatible-parameters'] : ['stopped'])(
    'the instance is %s: at once, and clear',
    async (status) => {
      const { stage } = runs();
      stage.stack.rds.faults.setInstanceStatus('menotime-demo', status);
      const { message } = await runs().failing(runs().nextNight());
      expect(message).toMatch(new RegExp(`menotime-demo is ${status}`));
      expect(message).toMatch(/start this run again/);
    },
  );

  test('the instance stays busy: waited for, and given up with its last state', async () => {
    const { stage } = runs();
    stage.stack.rds.faults.setInstanceStatus('menotime-demo', 'modifying');
    const { message } = await runs().failing(runs().nextNight());
    expect(message).toMatch(/was modifying for/);
  });

  test('the secret is gone: no attempt with an empty password, and no secret in the message', async () => {
    const { stage } = runs();
    stage.stack.gateway.faults.order({ effect: { kind: 'deny' }, action: 'GetSecretValue' });
    const { message } = await runs().failing(runs().nextNight());
    expect(message).toMatch(/AccessDenied/);
    const password = stage.databases[0]?.jobPassword ?? 'none';
    expect(message).not.toContain(password);
  });

  test('the topic refuses: the run fails, and says that it could not tell', async () => {
    const { stage } = runs();
    stage.stack.gateway.faults.order({ effect: { kind: 'deny' }, action: 'Publish' });
    const slot = runs().nextNight();
    const error = await stage.run(scheduled(slot)).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toMatch(/could not be recorded or told/);
    expect((await madeFor(stage, slot)).failures).toHaveLength(1);
  });

  test('a sixth export waits for a place, and goes on when one comes free', async () => {
    const { stage } = runs();
    for (let place = 1; place <= 5; place += 1) await blockOnePlace(stage);
    const slot = runs().nextNight();
    const { message } = await runs().failing(slot);
    expect(message).toMatch(/No place for the export .* came free in 2 s/);
    stage.stack.rds.faults.release();
    await everyExportEnds(stage);
    expect(await stage.run(scheduled(slot))).toMatchObject({ kind: 'done', before: false });
    expect((await madeFor(stage, slot)).exports).toHaveLength(1);
  });
});

async function everyExportEnds(stage: JobStage): Promise<void> {
  for (;;) {
    const { ExportTasks = [] } = await stage.clients.rds.send(new DescribeExportTasksCommand({}));
    if (ExportTasks.every(({ Status }) => Status !== 'STARTING' && Status !== 'IN_PROGRESS')) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Makes a snapshot and an export of it that sticks. */
async function blockOnePlace(stage: JobStage): Promise<string> {
  const { CreateDBSnapshotCommand, StartExportTaskCommand, waitUntilDBSnapshotAvailable } = await import(
    '@aws-sdk/client-rds'
  );
  const id = `blocker-${crypto.randomUUID()}`.slice(0, 40).replace(/-+$/, '');
  const { rds } = stage.clients;
  const tags = [{ Key: 'nightshift:managed-by', Value: 'nightshift-demo' }];
  await rds.send(
    new CreateDBSnapshotCommand({
      DBSnapshotIdentifier: id,
      DBInstanceIdentifier: 'menotime-demo',
      Tags: tags,
    }),
  );
  await waitUntilDBSnapshotAvailable(
    { client: rds, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
    { DBSnapshotIdentifier: id },
  );
  stage.stack.rds.faults.order({ kind: 'export-sticks', identifier: id });
  await rds.send(
    new StartExportTaskCommand({
      ExportTaskIdentifier: id,
      SourceArn: `arn:aws:rds:us-west-1:111122223333:snapshot:${id}`,
      S3BucketName: stage.names.backupBucket,
      S3Prefix: 'elsewhere',
      IamRoleArn: stage.names.exportTaskRoleArn,
      KmsKeyId: stage.names.keyId,
    }),
  );
  return id;
}
