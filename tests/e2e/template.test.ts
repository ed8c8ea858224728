// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are what CloudFormation fills in.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readDeployment } from '../../infra/aws/deployment.ts';
import { readStage } from '../../infra/build/stage.ts';
import { stageRules } from '../../infra/local/events/stage-rules.ts';
import { resourceNames } from '../../shared/config/names.ts';
import { copyProject, type ProjectCopy, packagedTemplate } from '../support/packaging.ts';
import {
  dependencies,
  list,
  type PolicyStatement,
  rendered,
  resource,
  resourcesOfType,
  type Template,
} from '../support/template.ts';

let project: ProjectCopy;
let template: Template;

beforeAll(async () => {
  project = await copyProject();
  template = await packagedTemplate(project.root, 'prod');
});

afterAll(() => project.remove());

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

  test('may run for as long as the patience of the config adds up to, and an hour more', async () => {
    const config = await readStage({ stage: 'prod', configFile: 'nightshift.config.ts' });
    const patience = config.databases.menotime?.snapshotExport?.patience;
    const hours =
      (patience?.instanceMinutes ?? 0) / 60 +
      (patience?.snapshotHours ?? 0) +
      (patience?.placeHours ?? 0) +
      (patience?.exportHours ?? 0) +
      (patience?.copyHours ?? 0);
    const { ExecutionTimeout } = properties('SnapshotDashexportLambdaFunction').DurableConfig;
    expect(ExecutionTimeout).toBe((hours + 1) * 3_600);
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
    const [[, schedule] = ['', undefined], ...others] = resourcesOfType(template, 'AWS::Scheduler::Schedule');
    expect(others).toEqual([]);
    const { Target, ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow } =
      schedule?.Properties ?? {};
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
    resourcesOfType(template, 'AWS::Events::Rule').map(([, { Properties }]) => Properties)[0];

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
    const [permission] = resourcesOfType(template, 'AWS::Lambda::Permission').map(([, found]) => found);
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

describe('the backup bucket', () => {
  test('is versioned, encrypted with the stage’s key, private and owned', () => {
    const bucket = properties('BackupBucket');
    expect(bucket.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    const [encryption] = bucket.BucketEncryption.ServerSideEncryptionConfiguration;
    expect(encryption.BucketKeyEnabled).toBe(true);
    expect(encryption.ServerSideEncryptionByDefault.SSEAlgorithm).toBe('aws:kms');
    expect(rendered(encryption.ServerSideEncryptionByDefault.KMSMasterKeyID)).toBe('${BackupKey.Arn}');
    expect(Object.values(bucket.PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
    expect(bucket.OwnershipControls.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
  });

  test('refuses what does not come by TLS 1.2 or later', () => {
    const denials = properties('BackupBucketPolicy').PolicyDocument.Statement as PolicyStatement[];
    for (const denial of denials) {
      expect([denial.Effect, denial.Principal, denial.Action]).toEqual(['Deny', '*', 's3:*']);
      expect(list(denial.Resource).map(rendered)).toEqual(['${BackupBucket.Arn}', '${BackupBucket.Arn}/*']);
    }
    expect(denials.map(({ Condition }) => Condition)).toEqual([
      { Bool: { 'aws:SecureTransport': false } },
      { NumericLessThan: { 's3:TlsVersion': '1.2' } },
    ]);
  });

  test('freezes exports after 30 days, drops them after two years, and lets nothing else expire', () => {
    const rules = properties('BackupBucket').LifecycleConfiguration.Rules as Record<string, unknown>[];
    expect(rules.find(({ Transitions }) => Transitions)).toMatchObject({
      Prefix: 'exports/',
      ObjectSizeGreaterThan: '131072',
      Transitions: [{ StorageClass: 'GLACIER', TransitionInDays: 30 }],
    });
    expect(rules.find(({ ExpirationInDays }) => ExpirationInDays)).toMatchObject({
      Prefix: 'exports/',
      ExpirationInDays: 731,
      NoncurrentVersionExpiration: { NoncurrentDays: 30 },
    });
    const unfinished = rules.filter(({ AbortIncompleteMultipartUpload }) => AbortIncompleteMultipartUpload);
    expect(unfinished).toEqual([
      {
        Id: 'abort-unfinished-uploads',
        Status: 'Enabled',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ]);
    const elsewhere = rules.filter((rule) => !unfinished.includes(rule));
    expect(new Set(elsewhere.map(({ Prefix }) => Prefix))).toEqual(new Set(['exports/']));
  });
});

test('keeps bucket, key and claims when the stack goes or replaces them', () => {
  for (const logicalId of ['BackupBucket', 'BackupBucketPolicy', 'BackupKey', 'ClaimsTable']) {
    const { DeletionPolicy, UpdateReplacePolicy } = resource(template, logicalId);
    expect([logicalId, DeletionPolicy, UpdateReplacePolicy]).toEqual([logicalId, 'Retain', 'Retain']);
  }
});

test('keeps claims on demand, with a time to live, recoverable and encrypted', () => {
  const { TableName, ...table } = properties('ClaimsTable');
  expect(table).toEqual({
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'claim', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'claim', KeyType: 'HASH' }],
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    SSESpecification: { SSEEnabled: true },
  });
});

test('keeps dead letters for fourteen days, encrypted', () => {
  for (const [, { Properties }] of resourcesOfType(template, 'AWS::SQS::Queue')) {
    expect(Properties).toMatchObject({ MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true });
  }
});

describe('alarms', () => {
  const alarms = () =>
    resourcesOfType(template, 'AWS::CloudWatch::Alarm').map(([, found]) => found.Properties);
  const alarm = (name: string) => alarms().find(({ AlarmName }) => AlarmName === `nightshift-prod-${name}`);

  test('are these, and all ring at the alert topic', () => {
    expect(
      alarms()
        .map(({ AlarmName }) => AlarmName)
        .sort(),
    ).toEqual([
      'nightshift-prod-dead-letters',
      'nightshift-prod-snapshot-export-durable-execution-failed',
      'nightshift-prod-snapshot-export-durable-execution-timed-out',
      'nightshift-prod-snapshot-export-errors',
      'nightshift-prod-snapshot-export-menotime-failed',
      'nightshift-prod-snapshot-export-menotime-missed',
      'nightshift-prod-undelivered',
    ]);
    for (const { AlarmActions } of alarms()) expect(AlarmActions.map(rendered)).toEqual(['${AlertTopic}']);
  });

  test('look back no further than CloudWatch allows', () => {
    for (const { AlarmName, Period, EvaluationPeriods } of alarms()) {
      const limitSeconds = Period >= 3_600 ? 7 * 86_400 : 86_400;
      expect([AlarmName, Period * EvaluationPeriods <= limitSeconds]).toEqual([AlarmName, true]);
    }
  });

  test('take 26 hours without a success, or without any word, for a missed night', () => {
    expect(alarm('snapshot-export-menotime-missed')).toMatchObject({
      Namespace: 'Nightshift',
      MetricName: 'RunSucceeded',
      Statistic: 'Sum',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: 3_600,
      EvaluationPeriods: 26,
      DatapointsToAlarm: 26,
      TreatMissingData: 'breaching',
    });
  });

  test('reach the topic, which is encrypted, and mail goes to the config’s address', () => {
    expect(rendered(properties('AlertTopic').KmsMasterKeyId)).toBe('${BackupKey.Arn}');
    const service = { Service: 'cloudwatch.amazonaws.com' };
    const [publish] = properties('AlertTopicPolicy').PolicyDocument.Statement;
    expect([publish.Principal, publish.Action]).toEqual([service, 'sns:Publish']);
    const statements = properties('BackupKey').KeyPolicy.Statement as PolicyStatement[];
    const open = statements.find(({ Sid }) => Sid === 'AlarmsReachTheTopic');
    expect([open?.Principal, open?.Action]).toEqual([service, ['kms:Decrypt', 'kms:GenerateDataKey']]);
    expect(properties('AlertEmail')).toMatchObject({
      Protocol: 'email',
      Endpoint: 'database-on-call@menotime.example',
    });
  });
});
