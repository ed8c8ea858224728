import type { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type RunRecord, readSuccess, writeRunRecord } from '../../../../shared/job/run-record.ts';
import { ConditionalS3 } from '../../../support/conditional-s3.ts';

const store = new ConditionalS3();
let s3: S3Client;
beforeAll(async () => {
  s3 = await store.start();
});
afterAll(() => store.stop());
beforeEach(() => store.reset());

const record: RunRecord<{ rows: number }> = {
  version: 1,
  job: 'snapshot-export',
  stage: 'prod',
  database: 'menotime',
  slot: '2026-01-02',
  trigger: 'by its schedule',
  status: 'succeeded',
  startedAt: '2026-01-02T03:30:00.000Z',
  endedAt: '2026-01-02T03:50:00.000Z',
  executionArn: 'arn:one',
  report: { rows: 7 },
};
const failed = {
  ...record,
  status: 'failed',
  report: undefined,
  error: { name: 'E', message: 'm' },
} as const;

test('a success is written on condition that there is none, and read back as it was', async () => {
  expect(await readSuccess(s3, 'b', record)).toBeUndefined();
  expect(await writeRunRecord(s3, 'b', record)).toEqual(record);
  expect(await readSuccess(s3, 'b', record)).toEqual(record);
  expect(store.requests.find(({ method }) => method === 'PUT')?.headers['if-none-match']).toBe('*');
});

test('of two that succeed at once, both are answered with the one that counts', async () => {
  const other = { ...record, executionArn: 'arn:other' };
  const answers = await Promise.all([writeRunRecord(s3, 'b', record), writeRunRecord(s3, 'b', other)]);
  expect(answers[0]).toEqual(answers[1]);
  expect(await readSuccess(s3, 'b', record)).toEqual(answers[0]);
});

test('failures stand beside each other, and are no success', async () => {
  await writeRunRecord(s3, 'b', failed);
  await writeRunRecord(s3, 'b', { ...failed, startedAt: '2026-01-02T04:30:00.000Z' });
  expect(store.objects.size).toBe(2);
  expect(await readSuccess(s3, 'b', record)).toBeUndefined();
});
