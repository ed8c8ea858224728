import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { gatherContext } from '../../../../functions/alarm-fanout/context/gather.ts';
import type { Hands } from '../../../../functions/alarm-fanout/hands.ts';
import { readTags } from '../../../../functions/alarm-fanout/tags.ts';
import type { Alert } from '../../../../shared/alarm/alert.ts';
import { alarmsConfig, alert as plainAlert } from '../../../support/alarm-fixtures.ts';
import { type AlarmStage, startAlarmStage } from '../../../support/alarm-stage.ts';
import { localClients } from '../../../support/local-clients.ts';

const region = 'us-west-1';
const alert: Alert = {
  ...plainAlert,
  metric: {
    namespace: 'AWS/RDS',
    name: 'CPUUtilization',
    dimensions: { DBInstanceIdentifier: 'menotime-prod' },
    statistic: 'Average',
    periodSeconds: 60,
    value: 91.2,
    threshold: 75,
  },
};
const doings = {
  statements: [{ text: 'SELECT $1', seconds: 12, state: 'running' }],
  locks: [],
  connections: { active: 3 },
  maxConnections: 100,
  longestTransactionSeconds: 40,
};
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let stage: AlarmStage;
let clients: ReturnType<typeof localClients>;
const ask = jest.fn<(event: unknown) => Promise<unknown>>();

beforeAll(async () => {
  stage = await startAlarmStage(alarmsConfig());
  clients = localClients({ endpoint: stage.stack.endpoint });
  stage.stack.lambda.register(stage.names.functionName('alarm-context'), ask);
}, 60_000);
beforeEach(() => {
  ask.mockReset();
  ask.mockResolvedValue(doings);
});
afterAll(async () => {
  clients.destroyAll();
  await stage.stop();
});

function hands(context: Partial<Hands['alarms']['context']> = {}): Hands {
  const { cloudwatch, rds, sqs, s3, dynamo, lambda, sns } = clients;
  return {
    stage: 'test',
    config: { ...stage.stageConfig, databases: { menotime: {} as never } },
    names: stage.names,
    environment: {},
    aws: { s3, dynamo, lambda, sns },
    alarms: { ...stage.config, context: { withinMs: 4_000, picture: true, database: true, ...context } },
    table: stage.fanout.table,
    idempotency: new DynamoDBPersistenceLayer({
      tableName: stage.names.deliveryTable,
      awsSdkV3Client: dynamo,
    }),
    sqs,
    cloudwatch,
    rds,
    alarmQueueUrl: () => stage.queueUrl(stage.names.alarmQueue),
    deadLettersUrl: () => stage.queueUrl(stage.names.alarmDeadLetters),
  } as Hands;
}

describe('what is found out about an alarm', () => {
  test('is its picture, its trend, and what the database is doing', async () => {
    const now = Date.now();
    for (const [minutes, value] of [
      [20, 41],
      [10, 70],
      [5, 93],
    ] as const) {
      const at = new Date(now - minutes * 60_000);
      const dimensions = [{ Name: 'DBInstanceIdentifier', Value: 'menotime-prod' }];
      stage.stack.cloudwatch
        .metrics(region)
        .add(
          { namespace: 'AWS/RDS', name: 'CPUUtilization', dimensions },
          { at, count: 1, sum: value, minimum: value, maximum: value, values: [value] },
        );
    }
    const found = await gatherContext(hands(), alert, log);
    expect(found?.trend).toBe('from 41 % to 93 % within 30 minutes, now rising');
    expect(found?.database).toEqual(doings);
    expect(found?.missing).toEqual([]);
    expect(ask).toHaveBeenCalledWith({ database: 'menotime' });
    expect(found?.commands.map(({ what }) => what)).toEqual([
      'The statements that take most time',
      'What has run for longest',
    ]);
    const picture = await fetch(found?.pictureUrl ?? '');
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(
      Buffer.from(await picture.arrayBuffer())
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });

  test('is what RDS told of the instance, and which nightly run is going on', async () => {
    await stage.stack.rds.createInstance({
      identifier: 'menotime-prod',
      region,
      engineVersion: '15',
      masterUsername: 'postgres',
      masterPassword: 'long-enough-for-a-test',
      databaseName: 'menotime',
      allocatedStorageGiB: 20,
      backupRetentionDays: 0,
    });
    const arn = 'arn:aws:lambda:us-west-1:111122223333:function:archive:1/durable-execution/tonight';
    stage.stack.executions.report({ arn, functionName: 'archive', pid: process.pid, status: 'RUNNING' });
    const slot = new Date().toISOString().slice(0, 10);
    for (const [job, executionArn] of [
      ['audit-archive', arn],
      ['matview-refresh', `${arn}-long-gone`],
    ] as const) {
      const claim = { claim: `${job}#menotime#${slot}`, executionArn, claimedAt: `${slot}T04:00:07.000Z` };
      await stage.fanout.table.dynamo.send(
        new PutCommand({ TableName: stage.names.claimsTable, Item: claim }),
      );
    }
    const found = await gatherContext(hands(), alert, log);
    expect(found?.rdsEvents).toContainEqual(expect.stringMatching(/^\d\d:\d\d UTC: DB instance created$/));
    expect(found?.runningJobs).toEqual(['audit-archive since 04:00 UTC']);
  });

  test('is nothing where the config asks for nothing', async () => {
    expect(await gatherContext(hands({ withinMs: 0 }), alert, log)).toBeNull();
    const found = await gatherContext(hands({ picture: false, database: false }), alert, log);
    expect(found).toMatchObject({ pictureUrl: null, database: null });
    expect(ask).not.toHaveBeenCalled();
  });

  test('is named where it does not come in time, and nobody waits for it', async () => {
    ask.mockImplementation(() => new Promise((resolve) => setTimeout(() => resolve(doings), 2_500)));
    stage.stack.gateway.faults.order({
      service: 'monitoring',
      effect: { kind: 'latency', milliseconds: 2_500 },
    });
    const began = performance.now();
    const found = await gatherContext(hands({ withinMs: 1_000 }), alert, log);
    expect(performance.now() - began).toBeLessThan(2_400);
    expect(found?.missing).toEqual(
      expect.arrayContaining([
        'the picture of its metric (not within 1000 ms)',
        'what the database is doing (not within 1000 ms)',
      ]),
    );
    expect(found?.commands).not.toEqual([]);
    stage.stack.gateway.faults.clear();
  });

  test('is named with the error where it fails, and without its words', async () => {
    ask.mockRejectedValue(new Error(`password 'secret' of ada@menotime.example`));
    const found = await gatherContext(hands(), alert, log);
    expect(found?.missing).toContain('what the database is doing (ServiceError)');
    expect(JSON.stringify(found)).not.toMatch(/secret|ada@/);
  });
});

test('an alarm’s tags are read, and asked for once', async () => {
  stage.stack.cloudwatch.setAlarms(region, {
    tags: { [alert.key]: [{ Key: 'nightshift:severity', Value: 'critical' }] },
  });
  const asking = hands();
  const observed = { kind: 'alarm', arn: alert.key, name: alert.name } as never;
  expect(await readTags(asking, observed, log)).toEqual({ 'nightshift:severity': 'critical' });
  expect(await readTags(asking, observed, log)).toEqual({ 'nightshift:severity': 'critical' });
  const asked = stage.stack.gateway.calls.filter(({ action }) => action === 'ListTagsForResource');
  expect(asked).toHaveLength(1);
});
