// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are what CloudFormation fills in.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { prodTemplate } from '../support/packaging.ts';
import {
  dependencies,
  list,
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

const properties = (logicalId: string) => resource(template, logicalId).Properties;

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

  test('freezes exports after 30 days, and lets nothing but pictures expire that was not deleted, least of all what is archived', () => {
    expect(properties('BackupBucket').LifecycleConfiguration.Rules).toEqual([
      {
        Id: 'freeze-exports',
        Status: 'Enabled',
        Prefix: 'exports/',
        ObjectSizeGreaterThan: '131072',
        Transitions: [{ StorageClass: 'GLACIER', TransitionInDays: 30 }],
      },
      {
        Id: 'drop-deleted-exports',
        Status: 'Enabled',
        Prefix: 'exports/',
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
        ExpiredObjectDeleteMarker: true,
      },
      {
        Id: 'drop-swept-archives',
        Status: 'Enabled',
        Prefix: 'archive/',
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
        ExpiredObjectDeleteMarker: true,
      },
      {
        Id: 'drop-alarm-pictures',
        Status: 'Enabled',
        Prefix: 'alarm-pictures/',
        ExpirationInDays: 30,
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      },
      {
        Id: 'abort-unfinished-uploads',
        Status: 'Enabled',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ]);
  });

  test('can lock objects where a policy of the archive does so, and locks none by itself', () => {
    const { ObjectLockEnabled, ObjectLockConfiguration } = properties('BackupBucket');
    expect([ObjectLockEnabled, ObjectLockConfiguration]).toEqual([true, { ObjectLockEnabled: 'Enabled' }]);
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

test('keeps messages and dead letters for fourteen days, encrypted', () => {
  for (const [, { Properties }] of resourcesOfType(template, 'AWS::SQS::Queue')) {
    expect(Properties).toMatchObject({ MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true });
  }
});

describe('alarms', () => {
  const alarms = () =>
    resourcesOfType(template, 'AWS::CloudWatch::Alarm').map(([, found]) => found.Properties);
  const alarm = (name: string) => alarms().find(({ AlarmName }) => AlarmName === `nightshift-prod-${name}`);

  test('of the jobs and the instance are these, and go to people as the config says, by no action', () => {
    const own = alarms().filter(({ AlarmName }) => AlarmName.startsWith('nightshift-prod-'));
    expect(own.map(({ AlarmName }) => AlarmName).sort()).toEqual([
      'nightshift-prod-audit-archive-durable-execution-failed',
      'nightshift-prod-audit-archive-durable-execution-timed-out',
      'nightshift-prod-audit-archive-menotime-behind',
      'nightshift-prod-audit-archive-menotime-failed',
      'nightshift-prod-audit-archive-menotime-missed',
      'nightshift-prod-backup-verify-durable-execution-failed',
      'nightshift-prod-backup-verify-durable-execution-timed-out',
      'nightshift-prod-backup-verify-menotime-bad-verdict',
      'nightshift-prod-backup-verify-menotime-failed',
      'nightshift-prod-backup-verify-menotime-missed',
      'nightshift-prod-db-maintenance-durable-execution-failed',
      'nightshift-prod-db-maintenance-durable-execution-timed-out',
      'nightshift-prod-db-maintenance-menotime-damaged',
      'nightshift-prod-db-maintenance-menotime-failed',
      'nightshift-prod-db-maintenance-menotime-missed',
      'nightshift-prod-db-maintenance-menotime-urgent-missed',
      'nightshift-prod-dead-letters',
      'nightshift-prod-drill-reaper-failed',
      'nightshift-prod-drill-reaper-missed',
      'nightshift-prod-matview-refresh-durable-execution-failed',
      'nightshift-prod-matview-refresh-durable-execution-timed-out',
      'nightshift-prod-matview-refresh-menotime-failed',
      'nightshift-prod-matview-refresh-menotime-missed',
      'nightshift-prod-matview-refresh-menotime-stale',
      'nightshift-prod-menotime-connections',
      'nightshift-prod-menotime-cpu',
      'nightshift-prod-menotime-disk-queue',
      'nightshift-prod-menotime-free-storage',
      'nightshift-prod-menotime-memory',
      'nightshift-prod-menotime-read-latency',
      'nightshift-prod-menotime-replication-slots',
      'nightshift-prod-menotime-transaction-ids',
      'nightshift-prod-menotime-transaction-logs',
      'nightshift-prod-menotime-write-latency',
      'nightshift-prod-restore-drill-durable-execution-failed',
      'nightshift-prod-restore-drill-durable-execution-timed-out',
      'nightshift-prod-restore-drill-menotime-failed',
      'nightshift-prod-restore-drill-menotime-missed',
      'nightshift-prod-snapshot-export-durable-execution-failed',
      'nightshift-prod-snapshot-export-durable-execution-timed-out',
      'nightshift-prod-snapshot-export-menotime-failed',
      'nightshift-prod-snapshot-export-menotime-missed',
      'nightshift-prod-undelivered',
    ]);
    for (const { AlarmActions, OKActions } of own)
      expect([AlarmActions, OKActions]).toEqual([undefined, undefined]);
  });

  test('about the way of alarms itself ring at the alert topic', () => {
    const straight = alarms().filter(({ AlarmName }) =>
      /^nightshift-prod\/(alarms|alarm-|sink-)/.test(AlarmName),
    );
    // Three sinks with five each, and one more for that of e-mail; the queue of alarms, and the functions before and
    // behind it, with two each.
    expect(straight).toHaveLength(3 * 5 + 1 + 3 * 2);
    for (const { AlarmActions } of straight) expect(AlarmActions.map(rendered)).toEqual(['${AlertTopic}']);
  });

  test('of an instance that is down is one, of what is no longer measured', () => {
    const [[, found] = []] = resourcesOfType(template, 'AWS::CloudWatch::CompositeAlarm');
    expect(found?.Properties.AlarmName).toBe('nightshift-prod-menotime-down');
    expect(dependencies(template, 'DatabaseAlarmMenotimeDown').sort()).toEqual([
      'DatabaseAlarmMenotimeSilentDashconnections',
      'DatabaseAlarmMenotimeSilentDashcpu',
    ]);
  });

  test('look back no further than CloudWatch allows', () => {
    for (const { AlarmName, Period, EvaluationPeriods } of alarms()) {
      const limitSeconds = Period >= 3_600 ? 7 * 86_400 : 86_400;
      expect([AlarmName, Period * EvaluationPeriods <= limitSeconds]).toEqual([AlarmName, true]);
    }
  });

  test('take 30 hours without a success, or without any word, for a missed night', () => {
    expect(alarm('snapshot-export-menotime-missed')).toMatchObject({
      Namespace: 'Nightshift',
      MetricName: 'RunSucceeded',
      Statistic: 'Sum',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: 3_600,
      EvaluationPeriods: 30,
      DatapointsToAlarm: 30,
      TreatMissingData: 'breaching',
    });
  });

  test('ring while an archive is more than a week behind, and until a night says that it no longer is', () => {
    expect(alarm('audit-archive-menotime-behind')).toMatchObject({
      Namespace: 'Nightshift',
      MetricName: 'DaysBehind',
      Statistic: 'Maximum',
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 7,
      Period: 300,
      EvaluationPeriods: 1,
      TreatMissingData: 'ignore',
    });
  });

  test('reach the topic with no key in between, and mail goes to the config’s address, unfiltered', () => {
    expect(properties('AlertTopic')).toEqual({ TopicName: 'nightshift-prod-alerts' });
    const [publish] = properties('AlertTopicPolicy').PolicyDocument.Statement;
    expect([publish.Principal, publish.Action]).toEqual([
      { Service: 'cloudwatch.amazonaws.com' },
      'sns:Publish',
    ]);
    const statements = properties('BackupKey').KeyPolicy.Statement as PolicyStatement[];
    expect(statements.map(({ Sid }) => Sid)).toEqual(['IamDecides']);
    const { TopicArn, ...mail } = properties('AlertEmail');
    expect(rendered(TopicArn)).toBe('${AlertTopic}');
    expect(mail).toEqual({ Protocol: 'email', Endpoint: 'database-on-call@menotime.example' });
  });
});
