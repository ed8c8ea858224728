import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { alarmRuleResources } from '../../../../infra/aws/alarm-rules.ts';
import { compilePattern } from '../../../../infra/local/events/pattern.ts';
import { alarmsInput } from '../../../support/alarms-input.ts';
import { deployed, drilledInput } from '../../../support/deployed-stage.ts';

const known = { memoryGiB: 8, maxConnections: 500, replicas: ['shop-replica'] };
const databases = { shop: { ...drilledInput, instance: 'shop', alarms: known } };

/** Whether an event comes to the queue, by the names of the rules that bring it. */
function rulesFor(event: unknown, watch: readonly string[] = []): string[] {
  const rules = alarmRuleResources(deployed(databases, { alarms: { ...alarmsInput, watch: [...watch] } }));
  return Object.values(rules)
    .filter(({ Properties }) => compilePattern(Properties.EventPattern)(event))
    .map(({ Properties }) => String(Properties.Name));
}

function change(alarmName: string, detailType = 'CloudWatch Alarm State Change') {
  return {
    source: 'aws.cloudwatch',
    'detail-type': detailType,
    resources: [`arn:aws:cloudwatch:us-west-1:111122223333:alarm:${alarmName}`],
    detail: { alarmName },
  };
}

const told = (kind: 'Instance' | 'Snapshot', source: string, EventID: string) => ({
  source: 'aws.rds',
  'detail-type': `RDS DB ${kind} Event`,
  resources: [`arn:aws:rds:us-west-1:111122223333:${kind === 'Instance' ? 'db' : 'snapshot'}:${source}`],
  detail: { EventID },
});

test('a stage without alarms has no rules for them', () => {
  expect(alarmRuleResources(deployed(databases))).toEqual({});
});

test.each([
  'CloudWatch Alarm State Change',
  'CloudWatch Alarm Contributor State Change',
  'CloudWatch Alarm Configuration Change',
])('%s: of its own alarms, and of those of its databases', (detailType) => {
  for (const name of ['shop-cpu', 'snapshot-export-shop-failed', 'undelivered', 'shop-down']) {
    expect(rulesFor(change(`nightshift-test-${name}`, detailType))).toEqual(['nightshift-test-alarms']);
  }
});

test('of others only those that the config watches, with a star for anything', () => {
  expect(rulesFor(change('billing'))).toEqual([]);
  expect(rulesFor(change('billing'), ['billing', 'web-**-5xx'])).toHaveLength(1);
  expect(rulesFor(change('web-shop-5xx'), ['web-**-5xx'])).toHaveLength(1);
  expect(rulesFor(change('web-shop-4xx'), ['web-**-5xx'])).toEqual([]);
  expect(rulesFor(change('a\\b'), ['a\\*'])).toHaveLength(1);
});

test('what is wrong with the pipe itself does not come to it, even where everything is watched', () => {
  expect(rulesFor(change('nightshift-test/alarms-waiting'), ['*'])).toEqual([]);
  expect(rulesFor(change('nightshift-test/shop-silent-cpu'), ['*'])).toEqual([]);
  expect(rulesFor(change('anything'), ['*'])).toHaveLength(1);
});

test('RDS is heard of the instances and their replicas, and of no other', () => {
  expect(rulesFor(told('Instance', 'shop', 'RDS-EVENT-0087'))).toEqual(['nightshift-test-rds']);
  expect(rulesFor(told('Instance', 'shop-replica', 'RDS-EVENT-0045'))).toEqual(['nightshift-test-rds']);
  expect(rulesFor(told('Instance', 'shop-staging', 'RDS-EVENT-0087'))).toEqual([]);
  expect(rulesFor(told('Instance', 'nightshift-drill-test-shop', 'RDS-EVENT-0005'))).toEqual([]);
});

test('of snapshots, exports and copies that failed, whoever took the snapshot', () => {
  for (const snapshot of ['rds:shop-2026-01-02-03-36', 'shop-pre-v1', 'nightshift-test-shop-2026-01-02']) {
    expect(rulesFor(told('Snapshot', snapshot, 'RDS-EVENT-0159'))).toEqual(['nightshift-test-rds-2']);
    expect(rulesFor(told('Snapshot', snapshot, 'RDS-EVENT-0091'))).toEqual([]);
  }
  expect(rulesFor(told('Snapshot', 'rds:shop-staging-2026-01-02-03-36', 'RDS-EVENT-0091'))).toEqual([]);
  expect(rulesFor(told('Snapshot', 'ledger-2026', 'RDS-EVENT-0159'))).toEqual([]);
});

test('real samples of events come through', async () => {
  const samples = [
    'eventbridge-own-run-failed',
    'eventbridge-deleted',
    'rds-0087-stopped',
    'rds-0159-export-failed',
  ];
  for (const sample of samples) {
    const text = await readFile(`events/alarm-fanout.${sample}.json`, 'utf8');
    const event = JSON.parse(
      text.replaceAll('nightshift-prod', 'nightshift-test').replaceAll('menotime-prod', 'shop'),
    );
    expect([sample, rulesFor(event, ['*']).length]).toEqual([sample, 1]);
  }
});

test('each leads to the queue for a day, and then to the dead letters', () => {
  const rules = Object.values(alarmRuleResources(deployed(databases, { alarms: alarmsInput })));
  expect(rules.length).toBe(3);
  for (const { Properties } of rules) {
    expect(Properties.Targets).toEqual([
      {
        Id: 'alarm-queue',
        Arn: { 'Fn::GetAtt': ['AlarmQueue', 'Arn'] },
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['AlarmDeadLetters', 'Arn'] } },
      },
    ]);
  }
});

test('patterns of many databases are spread over rules, none longer than EventBridge takes', () => {
  const many = Object.fromEntries(
    Array.from({ length: 60 }, (_, at) => [`shop-${at}`, { ...drilledInput, instance: `shop-number-${at}` }]),
  );
  const rules = Object.values(alarmRuleResources(deployed(many, { alarms: alarmsInput })));
  for (const { Properties } of rules) {
    expect(JSON.stringify(Properties.EventPattern).length).toBeLessThanOrEqual(2_048);
  }
  const names = rules.map(({ Properties }) => Properties.Name);
  expect(new Set(names).size).toBe(names.length);
  const event = told('Instance', 'shop-number-59', 'RDS-EVENT-0087');
  expect(rules.filter(({ Properties }) => compilePattern(Properties.EventPattern)(event))).toHaveLength(1);
});
