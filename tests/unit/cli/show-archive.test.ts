import { expect, test } from '@jest/globals';
import { describeArchiveReport } from '../../../cli/show-archive.ts';
import type { PlannedTable, TableOutcome } from '../../../functions/audit-archive/report.ts';

const refused: PlannedTable = {
  kind: 'refuse',
  table: 'public.ledger',
  reason: '',
  refusals: [
    { reason: 'append-only', remedy: 'Leave the policy out.' },
    { reason: 'the role lacks DELETE', remedy: null },
  ],
  warnings: [],
  work: null,
};
const moving: PlannedTable = {
  kind: 'archive rows',
  table: 'public.log',
  reason: '',
  refusals: [],
  warnings: [{ reason: 'no index', remedy: 'CREATE INDEX;' }],
  work: {
    to: 's3 (STANDARD_IA)',
    cutoff: '2025-01-01T00:00:00.000Z',
    rows: 1_234,
    counted: false,
    oldest: '2023-01-02 03:04:05',
    newest: '-infinity',
    daysBehind: 12.4,
    parts: 2,
    tableBytes: 5_000,
    fileBytes: null,
    seconds: null,
    costs: [],
  },
};
const plan = {
  kind: 'plan' as const,
  database: 'd',
  slot: 's',
  estimatedCost: [{ what: 'uploads', dollars: 0.1 }],
};

test('a plan tells what would move, why a table is refused and what mends it, and the cost', () => {
  const text = describeArchiveReport({ ...plan, tables: [moving, refused] });
  expect(text).toMatch(
    /public\.log +move rows +about 1,234 {2}2023-01-02 … -infinity +12 +5\.0 kB +- +- {2}s3 \(STANDARD_IA\)/,
  );
  expect(text).toMatch(/public\.ledger +be REFUSED/);
  expect(text).toContain(
    'public.ledger is refused:\n  - append-only\n    → Leave the policy out.\n  - the role lacks DELETE\n',
  );
  expect(text).toContain('- public.log: no index\n    → CREATE INDEX;');
  expect(text).toMatch(/uploads +\$0\.10/);
});

const outcome: TableOutcome = {
  table: 'public.log',
  status: 'completed',
  reason: null,
  rows: 2_000,
  batches: 2,
  bytes: 1_000_000,
  rawBytes: 9,
  seconds: 0.5,
  oldest: '2023-01-02T00:00:00Z',
  newest: '2023-02-02T00:00:00Z',
  daysBehind: 0,
  deadRows: 200_000,
  warnings: [],
};
const run = { kind: 'run' as const, swept: { deleted: [], unexplained: [] }, manifest: null };

test('a run tells rows, speed and what is left for VACUUM', () => {
  const text = describeArchiveReport({ ...run, tables: [outcome] });
  expect(text).toMatch(/public\.log +completed +2,000 {2}2023-01-02 … 2023-02-02 +2 +1\.0 MB +4,000 +0/);
  expect(text).toContain('holds 200,000 dead rows');
  expect(text).toContain('VACUUM ANALYZE public.log;');
});

test('a run tells what it swept, and names what nobody can explain', () => {
  const text = describeArchiveReport({
    ...run,
    tables: [
      { ...outcome, rows: 0, bytes: 0, seconds: 0, deadRows: null, daysBehind: null, status: 'unfinished' },
    ],
    swept: { deleted: ['a', 'b'], unexplained: ['archive/x.parquet'] },
    manifest: { key: 'k', sha256: 'abc', sequence: 7 },
  });
  expect(text).toMatch(/unfinished +0 {2}- +2 +- +- +\?/);
  expect(text).toContain('Swept: 2 files');
  expect(text).toContain('NOT explained: files without a row in the ledger:\n  archive/x.parquet');
  expect(text).toContain('Manifest number 7, sha256 abc');
});
