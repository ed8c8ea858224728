import { expect, test } from '@jest/globals';
import type { Alert } from '../../../../../shared/alarm/alert.ts';
import type { Severity } from '../../../../../shared/alarm/severity.ts';
import { readSample, sampleNames } from '../../../../support/alarm-samples.ts';

const base = {
  source: 'rds',
  state: 'ALARM',
  at: '2026-01-02T21:40:12.285Z',
  account: '111122223333',
  region: 'us-west-1',
  database: 'menotime',
  instance: 'menotime-prod',
  momentary: false,
  description: null,
  metric: null,
  children: [],
  quiet: null,
} as const;

const page = 'docs/runbooks/database-alarms.md';

function runbookOf(condition: string): string {
  if (condition.startsWith('storage-')) return `${page}#free-storage`;
  return condition === 'not-backed-up' ? page : `${page}#down`;
}

function began(condition: string, severity: Severity, id: string, message: string): Alert {
  const name = `rds/menotime-prod/${condition}`;
  return {
    ...base,
    key: `arn:aws:cloudwatch:us-west-1:111122223333:alarm:${name}`,
    name,
    severity,
    summary: `menotime-prod: ${message}`,
    reason: `RDS-EVENT-${id}: ${message}`,
    runbook: runbookOf(condition),
  };
}

function ended(at: string, ...given: Parameters<typeof began>): Alert {
  return { ...began(...given), state: 'OK', at };
}

const happened = (...given: Parameters<typeof began>): Alert => ({ ...began(...given), momentary: true });

const stopped = began('not-running', 'critical', '0087', 'DB instance stopped');
const failingOver = began('failing-over', 'warning', '0013', 'Multi-AZ instance failover started');
const running = (at: string, id: string, message: string) => [
  ended(at, 'not-running', 'critical', id, message),
  ended(at, 'failed', 'critical', id, message),
];

/** By name of the sample; an event may end several conditions. */
const expected: Readonly<Record<string, readonly Alert[]>> = {
  'rds-0004-shutdown': [began('not-running', 'critical', '0004', 'DB instance shutdown')],
  'rds-0006-restarted': running('2026-01-02T21:41:30.118Z', '0006', 'DB instance restarted'),
  'rds-0007-storage-exhausted': [
    happened(
      'storage-full',
      'critical',
      '0007',
      'Allocated storage has been exhausted. Allocate additional storage to resolve.',
    ),
  ],
  'rds-0013-failover-started': [failingOver],
  'rds-0028-backups-disabled': [began('not-backed-up', 'critical', '0028', 'Disabled automated backups')],
  'rds-0031-failed': [
    began(
      'failed',
      'critical',
      '0031',
      'DB instance put into incompatible-restore state. RDS recommends that you initiate a point-in-time-restore.',
    ),
  ],
  'rds-0049-failover-completed': [
    ended(
      '2026-01-02T21:42:02.940Z',
      'failing-over',
      'warning',
      '0049',
      'Multi-AZ instance failover completed',
    ),
  ],
  'rds-0087-stopped': [stopped],
  'rds-subscription-0087-stopped': [stopped],
  'rds-0088-started': running('2026-01-02T22:10:44.007Z', '0088', 'DB instance started'),
  'rds-0089-low-storage': [
    happened(
      'storage-low',
      'warning',
      '0089',
      'The free storage capacity for DB instance: menotime-prod is low at 8% of the provisioned storage [Provisioned Storage: 97.87 GB, Free Storage: 7.83 GB]. You may want to increase the provisioned storage to address this issue.',
    ),
  ],
  'rds-0159-export-failed': [
    {
      ...happened('export-failed', 'warning', '0159', 'The snapshot export task failed.'),
      summary: 'rds:menotime-prod-2026-01-02-03-36: The snapshot export task failed.',
      runbook: 'docs/runbooks/snapshot-export.md',
    },
  ],
  'rds-0221-storage-full': [
    began(
      'not-running',
      'critical',
      '0221',
      'DB instance has reached the storage-full threshold, and the database has been shut down. You can increase the allocated storage to address this issue.',
    ),
  ],
  'rds-without-id': [{ ...stopped, at: '2026-01-02T21:40:12.000Z', reason: 'DB instance stopped' }],
  // Without the ARN of its source: account and region are those of the topic.
  'sqs-rds-subscription-old': [failingOver],
};

test.each(Object.entries(expected))('events/alarm-fanout.%s.json', (name, alerts) => {
  expect(readSample(name)).toEqual(alerts);
});

test('what nobody needs to hear is ignored, with the reason', () => {
  expect(readSample('rds-0091-snapshot-created')).toEqual([
    {
      kind: 'ignored',
      why: 'RDS-EVENT-0091 (Automated snapshot created): it is part of what RDS does every day',
    },
  ]);
});

test('every sample of RDS is expected here', () => {
  const samples = ['rds-', 'sqs-rds'].flatMap(sampleNames);
  expect([...Object.keys(expected), 'rds-0091-snapshot-created'].sort()).toEqual(samples.sort());
});
