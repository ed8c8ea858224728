import {
  DescribeDBSnapshotsCommand,
  DescribeExportTasksCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-rds';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
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

describe('what goes wrong is named, recorded, thrown, and leaves nothing untagged', () => {
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

  function nextNight(): string {
    day += 86_400_000;
    return new Date(day).toISOString().slice(0, 10);
  }

  /** Runs a slot that must fail; answers the error's message, which the record must repeat. */
  async function failing(slot: string): Promise<{ name: string; message: string }> {
    const error = await stage.run(scheduled(slot)).then(
      (result) => Promise.reject(new Error(`The run should have failed: ${JSON.stringify(result)}`)),
      (thrown: Error) => thrown,
    );
    const made = await madeFor(stage, slot);
    expect(made.successes).toEqual([]);
    expect(made.failures).toHaveLength(1);
    const record = JSON.parse(await readObject(stage, made.failures[0] ?? ''));
    expect(record).toMatchObject({ status: 'failed', slot, error: { message: error.message } });
    await expectEverythingTagged();
    return error;
  }

  async function expectEverythingTagged(): Promise<void> {
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
      (await listKeys(stage.clients.s3, stage.names.backupBucket, 'exports/')).map(
        (key) => key.split('/')[1],
      ),
    );
    for (const folder of folders) {
      expect(
        await listKeys(stage.clients.s3, stage.names.backupBucket, `exports/${folder}/nightshift.json`),
      ).toHaveLength(1);
    }
  }

  const faults: {
    what: string;
    fault: RdsFault & FaultScope;
    says: RegExp[];
    /** Told apart from its neighbours by one word of RDS alone: tried in the long form. */
    long?: boolean;
    /** What the next start makes anew, under the name of a second try. */
    again?: ('snapshots' | 'exports' | 'copies')[];
  }[] = [
    {
      what: 'the export ends as FAILED',
      fault: { kind: 'export-fails', cause: 'The table public.patients holds a value over 500 MB.' },
      says: [/ended as FAILED/, /holds a value over 500 MB/, /next start of this slot/],
      again: ['exports'],
    },
    {
      what: 'the export is cancelled',
      long: true,
      fault: { kind: 'export-is-cancelled' },
      says: [/ended as CANCELED/],
      again: ['exports'],
    },
    {
      what: 'the export completes with a warning',
      fault: {
        kind: 'export-warns',
        warningMessage: JSON.stringify({
          skippedTables: [{ target: 'menotime_demo.public.patients', reason: 'ROW_TOO_LARGE' }],
          skippedObjectives: [],
          general: [],
        }),
      },
      says: [/public\.patients/, /acceptSkipped/],
    },
    {
      what: 'the export completes with a general warning',
      long: true,
      fault: {
        kind: 'export-warns',
        warningMessage:
          '{"skippedTables":[],"skippedObjectives":[],"general":[{"reason":"FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE"}]}',
      },
      says: [/FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE/],
    },
    {
      what: 'the snapshot fails',
      fault: { kind: 'snapshot-fails' },
      says: [/ended as failed/, /makes another one/],
      again: ['snapshots'],
    },
    {
      what: 'the snapshot sticks',
      long: true,
      fault: { kind: 'snapshot-sticks' },
      says: [/was still creating/, /adopts it/],
    },
    {
      what: 'the export sticks',
      fault: { kind: 'export-sticks' },
      says: [/was still (STARTING|IN_PROGRESS)/, /cancel-export-task/],
    },
    {
      what: 'the copy fails',
      fault: { kind: 'copy-fails' },
      says: [/in us-east-1 ended as failed/],
      again: ['copies'],
    },
    {
      what: 'the key is denied',
      fault: { kind: 'kms-denied' },
      says: [/KMSKeyNotAccessibleFault/, /kms:CreateGrant/],
    },
    {
      what: 'the role of exports lacks a permission',
      long: true,
      fault: {
        kind: 'call-refused',
        identifier: 'StartExportTask',
        code: 'IamRoleMissingPermissions',
        message: 'The role lacks permissions.',
      },
      says: [/IamRoleMissingPermissions/, /s3:PutObject/],
    },
    {
      what: 'the caller may not take snapshots',
      long: true,
      fault: {
        kind: 'call-refused',
        identifier: 'CreateDBSnapshot',
        code: 'AccessDenied',
        status: 403,
        message: 'not authorized to perform: rds:CreateDBSnapshot',
      },
      says: [/AccessDenied/, /rds:CreateDBSnapshot/, /role of the function/],
    },
    {
      what: 'the quota of snapshots is reached',
      fault: {
        kind: 'call-refused',
        identifier: 'CreateDBSnapshot',
        code: 'SnapshotQuotaExceeded',
        message: 'Cannot create more than 100 manual snapshots.',
      },
      says: [/SnapshotQuotaExceededFault/, /backup cleanup/],
    },
  ];

  test.each(faults.filter((each) => isLong || !each.long))('$what', async ({ fault, says, again }) => {
    const slot = nextNight();
    stage.stack.rds.faults.order(fault);
    const { message } = await failing(slot);
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

  test.each(isLong ? ['stopped', 'storage-full', 'incompatible-parameters'] : ['stopped'])(
    'the instance is %s: at once, and clear',
    async (status) => {
      stage.stack.rds.faults.setInstanceStatus('menotime-demo', status);
      const { message } = await failing(nextNight());
      expect(message).toMatch(new RegExp(`menotime-demo is ${status}`));
      expect(message).toMatch(/start this run again/);
    },
  );

  test('the instance stays busy: waited for, and given up with its last state', async () => {
    stage.stack.rds.faults.setInstanceStatus('menotime-demo', 'modifying');
    const { message } = await failing(nextNight());
    expect(message).toMatch(/was modifying for/);
  });

  test('the secret is gone: no attempt with an empty password, and no secret in the message', async () => {
    stage.stack.gateway.faults.order({ effect: { kind: 'deny' }, action: 'GetSecretValue' });
    const { message } = await failing(nextNight());
    expect(message).toMatch(/AccessDenied/);
    const password = stage.databases[0]?.jobPassword ?? 'none';
    expect(message).not.toContain(password);
  });

  test('the topic refuses: the run fails, and says that it could not tell', async () => {
    stage.stack.gateway.faults.order({ effect: { kind: 'deny' }, action: 'Publish' });
    const slot = nextNight();
    const error = await stage.run(scheduled(slot)).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toMatch(/could not be recorded or told/);
    expect((await madeFor(stage, slot)).failures).toHaveLength(1);
  });

  test('a sixth export waits for a place, and goes on when one comes free', async () => {
    for (let place = 1; place <= 5; place += 1) await blockOnePlace(stage);
    const slot = nextNight();
    const { message } = await failing(slot);
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
