import { expect, test } from '@jest/globals';
import { runRecordKey } from '../../../shared/job/run-record.ts';

const run = { job: 'snapshot-export', database: 'menotime', slot: '2026-01-02' };

test('a slot has one place for its success, and one for each failure', () => {
  expect(runRecordKey({ ...run, status: 'succeeded', startedAt: 'any' })).toBe(
    'runs/snapshot-export/menotime/2026-01-02.json',
  );
  expect(runRecordKey({ ...run, status: 'failed', startedAt: '2026-01-02T03:30:00.123Z' })).toBe(
    'runs/snapshot-export/menotime/2026-01-02.failed-2026-01-02T033000123Z.json',
  );
});
