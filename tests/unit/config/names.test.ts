import { describe, expect, test } from '@jest/globals';
import { partitionOf, resourceNames } from '../../../shared/config/names.ts';
import { stageConfig } from '../../support/stage-config.ts';

test('every name carries the stage, so that several share an account', () => {
  const { functionName, drillParameterGroup, sinkQueue, sinkDeadLetters, mailTopicArn, ...names } =
    resourceNames('prod', stageConfig());
  expect(names).toEqual({
    backupBucket: 'menotime-backups',
    claimsTable: 'nightshift-prod-claims',
    drillSubnetGroup: undefined,
    alertTopic: 'nightshift-prod-alerts',
    alertTopicArn: 'arn:aws:sns:us-west-1:111122223333:nightshift-prod-alerts',
    keyAlias: 'alias/nightshift-prod',
    keyId: 'alias/nightshift-prod',
    exportTaskRole: 'nightshift-prod-export-task',
    exportTaskRoleArn: 'arn:aws:iam::111122223333:role/nightshift-prod-export-task',
    besidePipe: 'nightshift-prod/',
    alarmQueue: 'nightshift-prod-alarms',
    alarmDeadLetters: 'nightshift-prod-alarms-dead-letters',
    alarmTable: 'nightshift-prod-alarms',
    deliveryTable: 'nightshift-prod-alarm-deliveries',
    pageTopic: 'nightshift-prod-pages',
    pageTopicArn: 'arn:aws:sns:us-west-1:111122223333:nightshift-prod-pages',
  });
  expect([sinkQueue('chat'), sinkDeadLetters('chat'), mailTopicArn('chat')]).toEqual([
    'nightshift-prod-sink-chat',
    'nightshift-prod-sink-chat-dead-letters',
    'arn:aws:sns:us-west-1:111122223333:nightshift-prod-mail-chat',
  ]);
  expect(drillParameterGroup('menotime')).toBeUndefined();
  expect(functionName('snapshot-export')).toBe('nightshift-prod-snapshot-export');
});

test('a key of the user’s own takes the place of the template’s', () => {
  const kmsKeyArn = 'arn:aws:kms:us-west-1:111122223333:key/1';
  expect(resourceNames('prod', { ...stageConfig(), kmsKeyArn }).keyId).toBe(kmsKeyArn);
});

describe('the partition', () => {
  test.each([
    ['us-west-1', 'aws'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['cn-north-1', 'aws-cn'],
  ])('of %s is %s, also in ARNs', (region, partition) => {
    expect(partitionOf(region)).toBe(partition);
    expect(resourceNames('prod', { ...stageConfig(), region }).exportTaskRoleArn).toMatch(
      new RegExp(`^arn:${partition}:iam::`),
    );
  });
});
