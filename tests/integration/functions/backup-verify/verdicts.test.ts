import { ModifyDBInstanceCommand } from '@aws-sdk/client-rds';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { source } from '../../../support/drills.ts';
import { type JobStage, scheduled } from '../../../support/job-stage.ts';
import { readObject } from '../../../support/made.ts';
import {
  look,
  notPassed,
  recordDrill,
  reportOf,
  startVerifiedStage,
  tonight,
} from '../../../support/verified-stage.ts';

let stage: JobStage;
let queue: string | undefined;

beforeAll(async () => {
  stage = await startVerifiedStage();
  queue = await subscribe(stage);
}, 120_000);
afterAll(() => stage?.stop());
afterEach(() => stage.stack.gateway.faults.clear());

async function subscribe({ clients, names }: JobStage): Promise<string | undefined> {
  const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  const Endpoint = 'arn:aws:sqs:us-west-1:111122223333:told';
  await clients.sns.send(new SubscribeCommand({ TopicArn: names.alertTopicArn, Protocol: 'sqs', Endpoint }));
  return QueueUrl;
}

/** The newest message, taken out of the queue. */
async function told(): Promise<{ Subject: string; Message: string } | undefined> {
  const { Messages = [] } = await stage.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: queue }));
  const [message] = Messages;
  if (!message) return undefined;
  await stage.clients.sqs.send(
    new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle: message.ReceiptHandle }),
  );
  return JSON.parse(message.Body ?? '');
}

describe('a healthy stage', () => {
  test('passes, with everything seen, and says to when it can be restored', async () => {
    const report = await look(stage);
    expect(notPassed(report)).toEqual([]);
    expect(report.verdict).toMatchObject({ kind: 'restorable', ok: true });
    expect(report.verdict.sentence).toMatch(
      /^restorable to 20\d\d-.* UTC, in about 2 min, proven 20.* by the drill .* of rds:menotime-demo-drilled$/,
    );
    const checks = new Set(report.findings.map(({ check }) => check));
    for (const check of [
      'snapshot age',
      'retention',
      'latest restorable time',
      'copy age',
      'sharing',
      'TLS',
      'archive',
      'last export',
      'manifest chain',
      'second region',
      'last drill',
    ])
      expect(checks).toContain(check);
  });

  test('is told once, and not again while nothing changes', async () => {
    const first = await stage.verify(scheduled(tonight));
    expect(first).toMatchObject({ kind: 'done', before: false, record: { status: 'succeeded' } });
    expect(await told()).toMatchObject({ Subject: 'Nightshift demo: menotime restorable' });
    await stage.verify({ database: 'menotime', label: 'again' });
    expect(await told()).toBeUndefined();
    const record = JSON.parse(await readObject(stage, 'runs/backup-verify/menotime/again.json'));
    expect(record.report.history).toMatchObject([{ night: tonight, exportBytes: expect.any(Number) }]);
    expect(record.report.lags).toHaveLength(2);
  });
});

describe('is said', () => {
  test('a call that is denied, with the permission, while the others go on', async () => {
    stage.stack.gateway.faults.order({
      effect: { kind: 'deny' },
      service: 'rds',
      action: 'DescribeDBSnapshots',
      region: 'us-west-1',
    });
    const report = await look(stage);
    expect(new Set(notPassed(report))).toEqual(new Set(['fail unanswered']));
    expect(report.findings[0]).toMatchObject({
      fact: expect.stringContaining(
        'The snapshots of menotime-demo in us-west-1 could not be seen. AccessDenied',
      ),
      advice: expect.stringContaining('rds:DescribeDBSnapshots'),
    });
    expect(report.verdict.kind).toBe('in doubt');
    expect(report.findings.filter(({ status }) => status === 'pass').length).toBeGreaterThan(12);
  });

  test('a drill that failed since', async () => {
    const at = new Date().toISOString();
    await recordDrill(stage, { slot: 'late', status: 'failed', startedAt: at, endedAt: at });
    expect(notPassed(await look(stage))).toEqual(['fail last drill']);
    await recordDrill(stage, { slot: 'repaired', endedAt: new Date().toISOString() });
  });
});

/** The last one: what is switched off takes the automated snapshots along, as on RDS. */
test('backups that are switched off: loud, recorded as a run that succeeded, and told', async () => {
  await stage.clients.rds.send(
    new ModifyDBInstanceCommand({ DBInstanceIdentifier: source, BackupRetentionPeriod: 0 }),
  );
  const event = { database: 'menotime', label: 'switched-off' };
  const result = await stage.verify(event);
  expect(result).toMatchObject({ kind: 'done', record: { status: 'succeeded' } });
  const report = reportOf(result);
  expect(notPassed(report)).toEqual(expect.arrayContaining(['fail retention', 'fail snapshot age']));
  expect(report.verdict).toMatchObject({ kind: 'in doubt', ok: false });
  expect(report.verdict.sentence).toMatch(
    /^in doubt: retention: AUTOMATED BACKUPS OF menotime-demo ARE SWITCHED OFF/,
  );
  const message = await told();
  expect(message?.Subject).toMatch(/^Nightshift demo: menotime in doubt, \d failed/);
  expect(message?.Message).toContain('--backup-retention-period 7');
});
