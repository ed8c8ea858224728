import { expect, test } from '@jest/globals';
import type { Alert } from '../../../../../shared/alarm/alert.ts';
import { readSample, sampleNames } from '../../../../support/alarm-samples.ts';

const failed: Alert = {
  key: 'arn:aws:cloudwatch:us-west-1:111122223333:alarm:nightshift-prod-snapshot-export-menotime-failed',
  name: 'nightshift-prod-snapshot-export-menotime-failed',
  source: 'job',
  state: 'ALARM',
  at: '2026-01-02T03:44:10.512Z',
  account: '111122223333',
  region: 'us-west-1',
  database: 'menotime',
  instance: 'menotime-prod',
  severity: 'warning',
  momentary: true,
  summary:
    'snapshot-export of menotime, slot 2026-01-02, failed: The export task nightshift-prod-menotime-2026-01-02 ended as FAILED: the key alias/menotime-master lets the role nightshift-prod-export-task use it no longer. Grant it kms:CreateGrant, and run the slot again.',
  description: null,
  reason:
    'snapshot-export of menotime, slot 2026-01-02, started by its schedule, failed.\n\nThe export task nightshift-prod-menotime-2026-01-02 ended as FAILED: the key alias/menotime-master lets the role nightshift-prod-export-task use it no longer. Grant it kms:CreateGrant, and run the slot again.\n\nRunbook: docs/runbooks/snapshot-export.md\n\nExecution: arn:aws:lambda:us-west-1:111122223333:function:nightshift-prod-snapshot-export:1/durable-execution/0f3a/1',
  metric: null,
  runbook: 'docs/runbooks/snapshot-export.md',
  children: [],
  quiet: null,
};

const expected: Readonly<Record<string, object>> = {
  'sqs-run-failed': failed,
  // SNS says the time only in its envelope; without it, it is the one at which the queue was reached.
  'sqs-run-failed-raw': { ...failed, at: '2026-01-02T03:44:10.600Z' },
  'sqs-run-failed-of-stage': {
    ...failed,
    key: 'arn:aws:cloudwatch:us-west-1:111122223333:alarm:nightshift-prod-drill-reaper-failed',
    name: 'nightshift-prod-drill-reaper-failed',
    at: '2026-01-04T09:00:10.512Z',
    database: null,
    instance: null,
    summary:
      'drill-reaper failed: nightshift-drill-menotime-2026-01-04 in us-west-1 has expired, and RDS does not delete it in its present state. It is tried again in an hour.',
    reason:
      'drill-reaper, started by its schedule, failed.\n\nnightshift-drill-menotime-2026-01-04 in us-west-1 has expired, and RDS does not delete it in its present state. It is tried again in an hour.\n\nRunbook: docs/runbooks/restore-drill.md',
    runbook: 'docs/runbooks/restore-drill.md',
  },
  'sqs-run-succeeded': { kind: 'ignored', why: 'snapshot-export tells of a success' },
  'trigger-tick': { kind: 'trigger', trigger: 'tick' },
  'trigger-heartbeat': {
    kind: 'trigger',
    trigger: 'heartbeat',
    scheduledTime: '2026-01-02T08:00:00.000Z',
  },
  'sqs-trigger-heartbeat': {
    kind: 'trigger',
    trigger: 'heartbeat',
    scheduledTime: '2026-01-02T08:00:00.000Z',
  },
  'trigger-digest': {
    kind: 'trigger',
    trigger: 'digest',
    sink: 'chat',
    windowId: '2026-01-02T17:04:41.500Z',
  },
  'trigger-test': { kind: 'trigger', trigger: 'test', sink: 'chat' },
};

test.each(Object.entries(expected))('events/alarm-fanout.%s.json', (name, one) => {
  expect(readSample(name)).toEqual([one]);
});

test('a failed run and the alarm that counts it are known by one key', () => {
  const [alarm] = readSample('eventbridge-own-run-failed') as Alert[];
  expect(alarm?.key).toBe(failed.key);
});

test('every sample of a run or a trigger is expected here', () => {
  const samples = ['trigger-', 'sqs-run', 'sqs-trigger'].flatMap(sampleNames);
  expect(Object.keys(expected).sort()).toEqual(samples.sort());
});

test('every sample is of a kind that some test expects whole', () => {
  const kinds = /^(eventbridge|sns|action|rds|trigger|sqs-(eventbridge|sns|rds|run|trigger))(-|$)/;
  expect(sampleNames().filter((name) => !kinds.test(name))).toEqual([]);
});
