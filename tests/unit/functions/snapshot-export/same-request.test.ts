import { expect, test } from '@jest/globals';
import type { SnapshotExportReport } from '../../../../functions/snapshot-export/report.ts';
import { requireSameRequest } from '../../../../functions/snapshot-export/same-request.ts';
import { EventRefusedError } from '../../../../shared/job/errors.ts';
import type { RunRecord } from '../../../../shared/job/run-record.ts';
import { nightlyRequest } from '../../../support/snapshot-export-request.ts';

const whole = { tables: null, skipExport: false };
const some = { tables: ['a.b', 'a.c'], skipExport: false };

function askAfter(before: object | undefined, asked: typeof nightlyRequest.asked) {
  const report = { kind: 'run', asked: before } as SnapshotExportReport;
  const earlier = { startedAt: '2026-01-02T03:30:00.000Z', report } as RunRecord<SnapshotExportReport>;
  return () => requireSameRequest({ ...nightlyRequest, slot: 'x', asked }, earlier);
}

test.each([
  [whole, whole],
  [some, { ...some, tables: ['a.c', 'a.b', 'a.c'] }],
  // Of a snapshot alone it does not matter which tables are not exported.
  [
    { tables: null, skipExport: true },
    { ...some, skipExport: true },
  ],
  // A record from before this was kept.
  [undefined, some],
])('%j and then %j is the same', (before, asked) => {
  expect(askAfter(before, asked)).not.toThrow();
});

test.each([
  [whole, some],
  [some, whole],
  [some, { ...some, tables: ['a.b'] }],
  [whole, { ...whole, skipExport: true }],
  [{ ...some, skipExport: true }, some],
])('%j and then %j is refused', (before, asked) => {
  expect(askAfter(before, asked)).toThrow(EventRefusedError);
});
