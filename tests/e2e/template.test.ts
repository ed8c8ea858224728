// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are what CloudFormation fills in.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readDeployment } from '../../infra/aws/deployment.ts';
import { readStage } from '../../infra/build/stage.ts';
import { stageRules } from '../../infra/local/events/stage-rules.ts';
import { resourceNames } from '../../shared/config/names.ts';
import { prodTemplate } from '../support/packaging.ts';
import {
  dependencies,
  type PolicyStatement,
  rendered,
  resource,
  resourcesOfType,
  type Template,
} from '../support/template.ts';

let template: Template;

beforeAll(async () => {
  template = await prodTemplate();
});

const alias = '${SnapshotDashexportDurableLambdaAlias}';
const undelivered = '${Undelivered.Arn}';
const properties = (logicalId: string) => resource(template, logicalId).Properties;

test('gives everything the name that the code will look for', async () => {
  const config = await readStage({ stage: 'prod', configFile: 'nightshift.config.ts' });
  const names = resourceNames('prod', config);
  expect(properties('BackupBucket').BucketName).toBe(names.backupBucket);
  expect(properties('ClaimsTable').TableName).toBe(names.claimsTable);
  expect(properties('AlertTopic').TopicName).toBe(names.alertTopic);
  expect(names.alertTopicArn.endsWith(`:${names.alertTopic}`)).toBe(true);
  expect(properties('BackupKeyAlias').AliasName).toBe(names.keyAlias);
  expect(properties('ExportTaskRole').RoleName).toBe(names.exportTaskRole);
  expect(properties('SnapshotDashexportLambdaFunction').FunctionName).toBe(
    names.functionName('snapshot-export'),
  );
  expect(properties('AlarmQueue').QueueName).toBe(names.alarmQueue);
  expect(properties('AlarmDeadLetters').QueueName).toBe(names.alarmDeadLetters);
  expect(properties('PageTopic').TopicName).toBe(names.pageTopic);
  expect(names.pageTopicArn.endsWith(`:${names.pageTopic}`)).toBe(true);
  expect(properties('AlarmTable').TableName).toBe(names.alarmTable);
  expect(properties('DeliveryTable').TableName).toBe(names.deliveryTable);
  expect(properties('AlarmDashcontextLambdaFunction').FunctionName).toBe(names.functionName('alarm-context'));
});

test('needs no resource before itself', () => {
  const done = new Set<string>();
  const visit = (logicalId: string, path: readonly string[]) => {
    if (done.has(logicalId)) return;
    expect([...path, logicalId]).toEqual([...new Set([...path, logicalId])]);
    for (const needed of dependencies(template, logicalId)) visit(needed, [...path, logicalId]);
    done.add(logicalId);
  };
  for (const logicalId of Object.keys(template.Resources)) visit(logicalId, []);
  expect(dependencies(template, 'SnapshotExportRole')).toContain('BackupKey');
});

describe('the function', () => {
  test('is durable, on arm64 and Node 24, traced, with its config and certificates beside it', () => {
    const { DurableConfig, Timeout, Architectures, Runtime, TracingConfig, Environment, Handler } =
      properties('SnapshotDashexportLambdaFunction');
    expect({ Timeout, Architectures, Runtime, TracingConfig, Handler }).toEqual({
      Timeout: 900,
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      TracingConfig: { Mode: 'Active' },
      Handler: 'dist/prod/snapshot-export/handler.handler',
    });
    expect(Environment.Variables).toEqual({
      NIGHTSHIFT_STAGE_FILE: '/var/task/dist/prod/nightshift.config.json',
      NIGHTSHIFT_CA_FILE: '/var/task/dist/prod/rds-ca.pem',
    });
    expect(DurableConfig.RetentionPeriodInDays).toBe(30);
  });

  test('may run for as long as all its waits, one after the other, and two hours more', () => {
    const { ExecutionTimeout } = properties('SnapshotDashexportLambdaFunction').DurableConfig;
    // Instance 1 h and place 6 h, each twice; snapshot 6 h, export 24 h, copy 12 h.
    expect(ExecutionTimeout).toBe((2 * 1 + 2 * 6 + 6 + 24 + 12 + 2) * 3_600);
  });

  test('of the archive has the room that encoding and reading back take, and the time of a night’s shifts', () => {
    const { FunctionName, MemorySize, EphemeralStorage, Timeout, DurableConfig, DeadLetterConfig } =
      properties('AuditDasharchiveLambdaFunction');
    expect({ FunctionName, MemorySize, EphemeralStorage, Timeout }).toEqual({
      FunctionName: 'nightshift-prod-audit-archive',
      MemorySize: 3_008,
      EphemeralStorage: { Size: 4_096 },
      Timeout: 900,
    });
    // 12 hours in shifts of 8 minutes, each of 16 minutes at most with its rest, and two hours around them.
    expect(DurableConfig.ExecutionTimeout).toBe(90 * 16 * 60 + 2 * 3_600);
    expect(rendered(DeadLetterConfig.TargetArn)).toBe('${DeadLetters.Arn}');
  });

  test('leaves events that it gave up in the dead-letter queue', () => {
    const { DeadLetterConfig } = properties('SnapshotDashexportLambdaFunction');
    expect(rendered(DeadLetterConfig.TargetArn)).toBe('${DeadLetters.Arn}');
  });

  test('keeps its log for as long as the config says', () => {
    expect(properties('SnapshotDashexportLogGroup')).toEqual({
      LogGroupName: '/aws/lambda/nightshift-prod-snapshot-export',
      RetentionInDays: 365,
    });
  });
});

describe('schedules', () => {
  test('start the durable alias for one database, with an input that names the night', () => {
    const schedules = resourcesOfType(template, 'AWS::Scheduler::Schedule');
    expect(schedules.map(([, { Properties }]) => Properties.Name).sort()).toEqual([
      'alarm-heartbeat',
      'alarm-tick',
      'audit-archive-menotime',
      'backup-verify-menotime',
      'db-maintenance-menotime',
      'db-maintenance-menotime-urgent',
      'drill-reaper',
      'matview-refresh-menotime',
      'restore-drill-menotime',
      'snapshot-export-menotime',
    ]);
    const schedule = resource(template, 'SnapshotDashexportScheduleMenotime');
    const other = resource(template, 'AuditDasharchiveScheduleMenotime');
    expect(rendered(other.Properties.Target.Arn)).toBe('${AuditDasharchiveDurableLambdaAlias}');
    expect(other.Properties.ScheduleExpression).toBe('cron(0 4 * * ? *)');
    const { Target, ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow } =
      schedule.Properties;
    expect({ ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow }).toEqual({
      ScheduleExpression: 'cron(30 3 * * ? *)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
    });
    expect(Target.Input).toBe(
      '{"trigger":"schedule","database":"menotime","scheduledTime":"<aws.scheduler.scheduled-time>"}',
    );
    expect(rendered(Target.Arn)).toBe(alias);
    expect(rendered(Target.RoleArn)).toBe('${SchedulerRole.Arn}');
    expect(Target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 20 });
    expect(rendered(Target.DeadLetterConfig.Arn)).toBe(undelivered);
  });

  test('run under a role that Scheduler takes for this group only', () => {
    const [trust] = properties('SchedulerRole').AssumeRolePolicyDocument.Statement;
    expect(trust.Principal).toEqual({ Service: 'scheduler.amazonaws.com' });
    expect(rendered(trust.Condition.StringEquals['aws:SourceArn'])).toBe('${ScheduleGroup.Arn}');
  });
});

describe('the rule for automated snapshots', () => {
  const rule = () =>
    resourcesOfType(template, 'AWS::Events::Rule')
      .map(([, { Properties }]) => Properties)
      .find(({ Name }) => Name === 'nightshift-prod-snapshot-export-automated-snapshot');

  test('hears of the automated snapshots of the config’s instances alone', () => {
    expect(rule().EventPattern).toEqual({
      source: ['aws.rds'],
      'detail-type': ['RDS DB Snapshot Event'],
      resources: [{ prefix: 'arn:aws:rds:us-west-1:111122223333:snapshot:rds:menotime-prod-20' }],
      detail: { EventID: ['RDS-EVENT-0091'] },
    });
  });

  test('is the rule of the embedded stack too', async () => {
    const deployment = await readDeployment({ stage: 'prod', configFile: 'nightshift.config.ts' });
    const [local] = await stageRules(deployment, process.cwd());
    expect(local).toEqual({ functionName: 'snapshot-export', pattern: rule().EventPattern });
  });

  test('starts the durable alias, tries again for a while, and then leaves the event in the queue', () => {
    const [target] = rule().Targets;
    expect(rendered(target.Arn)).toBe('${SnapshotDashexportLambdaFunction.Arn}:durable');
    expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 20 });
    expect(rendered(target.DeadLetterConfig.Arn)).toBe(undelivered);
  });

  test('may invoke the alias, and may write to the queue', () => {
    const permission = resourcesOfType(template, 'AWS::Lambda::Permission')
      .map(([, found]) => found)
      .find(({ Properties }) => Properties.Principal === 'events.amazonaws.com');
    expect(rendered(permission?.Properties.FunctionName)).toBe(
      '${SnapshotDashexportLambdaFunction.Arn}:durable',
    );
    expect(rendered(permission?.Properties.SourceArn)).toContain(`:rule/${rule().Name}`);
    const [allowed] = properties('DeadLetterPolicy').PolicyDocument.Statement as PolicyStatement[];
    const [pattern] = Object.values(allowed?.Condition?.ArnLike ?? {}).map(rendered);
    expect(pattern).toMatch(/:rule\/nightshift-prod-\*$/);
    expect(rule().Name.startsWith('nightshift-prod-')).toBe(true);
  });
});
