import { describe, expect, test } from '@jest/globals';
import { planArchive } from '../../../../functions/audit-archive/plan.ts';
import {
  type Done,
  describeRemarks,
  failureOf,
  measure,
  reportPlan,
  reportRun,
  type TableOutcome,
} from '../../../../functions/audit-archive/report.ts';
import { stageSchema } from '../../../../shared/config/schema.ts';
import { databaseFacts, factsOf } from '../../../support/archive-facts.ts';
import { type PolicyInput, policiesOf } from '../../../support/archive-policies.ts';
import { stageInput } from '../../../support/stage-config.ts';

const { prices } = stageSchema.parse(stageInput);
const request = { database: 'menotime', slot: '2026-01-02' };

const moved: TableOutcome = {
  table: 'public.audit_log',
  status: 'completed',
  reason: null,
  rows: 1_234_567,
  batches: 13,
  bytes: 20_000_000,
  rawBytes: 300_000_000,
  seconds: 50,
  oldest: '2024-10-15T12:00:00',
  newest: '2024-12-31T23:59:59.999999',
  daysBehind: 0,
  deadRows: 1_234_567,
  warnings: [{ reason: 'no index begins with timestamp', remedy: 'CREATE INDEX …' }],
};
const nothing = {
  rows: 0,
  batches: 0,
  bytes: 0,
  rawBytes: 0,
  seconds: 0,
  oldest: null,
  newest: null,
  deadRows: null,
  warnings: [],
};
const refused: TableOutcome = {
  ...moved,
  ...nothing,
  table: 'public.ledger',
  status: 'refused',
  reason: 'append-only',
  daysBehind: null,
};
const failed: TableOutcome = {
  ...moved,
  table: 'public.logs',
  status: 'failed',
  reason: 'S3 said no',
  daysBehind: 3.5,
  warnings: [],
};
const done: Done = {
  request,
  stage: 'prod',
  tables: [moved],
  swept: { deleted: [], unexplained: [] },
  manifest: { key: 'manifests/x', sha256: 'ab', sequence: 7 },
};

describe('a run', () => {
  test('is told in a line for each table, with the newest manifest', () => {
    const { message } = reportRun(done);
    expect(message.subject).toBe('Nightshift prod: menotime archived 1,234,567 rows, slot 2026-01-02');
    expect(message.text.split('\n')).toEqual([
      'public.audit_log: 1,234,567 rows of 2024-10-15 to 2024-12-31, 20,000,000 bytes, 24,691 rows a second.',
      'Note on public.audit_log: no index begins with timestamp.',
      'Newest manifest 7: sha256 ab',
    ]);
  });

  test('that was not done by the end of the night says so, in the subject as well', () => {
    const { message } = reportRun({
      ...done,
      tables: [{ ...moved, status: 'unfinished', daysBehind: 12.5 }],
    });
    expect(message.subject).toContain(', 1 unfinished,');
    expect(message.text).toContain('12.5 days behind. The night was over before the table was.');
  });

  test('names files that nobody can explain, and no more than three of them', () => {
    const { message } = reportRun({ ...done, swept: { deleted: ['a'], unexplained: ['b', 'c', 'd', 'e'] } });
    expect(message.text).toContain('Deleted 1 files of batches that were rolled back.');
    expect(message.text).toContain('NOT explained: 4 files without a row in the ledger, b, c, d, …');
  });

  test('keeps every outcome in its record', () => {
    const { request: _, stage: __, ...kept } = done;
    expect(reportRun(done).report).toEqual({ kind: 'run', ...kept });
  });
});

describe('metrics', () => {
  const metrics = (tables: readonly TableOutcome[]) =>
    Object.fromEntries(measure({ tables, swept: done.swept }).map(({ name, value }) => [name, value]));

  test('are sums over the tables, the speed of all of them together, and the table that is furthest behind', () => {
    expect(metrics([moved, failed, refused])).toEqual({
      RowsArchived: 2_469_134,
      BytesArchived: 40_000_000,
      DeadRows: 2_469_134,
      TablesFailed: 1,
      TablesRefused: 1,
      TablesUnfinished: 0,
      FilesUnexplained: 0,
      RowsPerSecond: 2_469_134 / 100,
      DaysBehind: 3.5,
    });
  });

  test('say nothing of a speed or a backlog that nobody measured', () => {
    expect(Object.keys(metrics([refused]))).not.toEqual(expect.arrayContaining(['RowsPerSecond']));
    expect(Object.keys(metrics([refused]))).not.toContain('DaysBehind');
  });
});

describe('a failure', () => {
  test('names each table with its reason, and what was done of the others', () => {
    expect(failureOf([moved, failed, refused])).toBe(
      [
        '2 of 3 tables could not be archived. Nothing of them is lost: what was not proved was not deleted.',
        '',
        'public.logs failed: S3 said no',
        '',
        'public.ledger is refused: append-only',
        '',
        'The others:',
        'public.audit_log: 1,234,567 rows of 2024-10-15 to 2024-12-31, 20,000,000 bytes, 24,691 rows a second.',
      ].join('\n'),
    );
  });

  test('is none where all went well, or a night was too short', () => {
    expect(failureOf([moved, { ...moved, status: 'unfinished' }])).toBeUndefined();
  });
});

test('a refusal is told with what mends it, where something does', () => {
  const remarks = [
    { reason: 'it lacks DELETE', remedy: 'GRANT DELETE …' },
    { reason: 'it is temporary', remedy: null },
  ];
  expect(describeRemarks(remarks)).toBe('it lacks DELETE. GRANT DELETE …\nit is temporary');
});

describe('a dry run', () => {
  const answer = (policies: readonly Partial<PolicyInput>[], facts = [factsOf()]) => {
    const known = { ...databaseFacts, policies: facts };
    const { report } = reportPlan(request, planArchive(known, policiesOf(...policies)), known, prices);
    if (report.kind !== 'plan') throw new Error('A plan was asked for.');
    return report;
  };

  test('says rows, period, bytes and cost, and no time where none was ever measured', () => {
    const { tables, estimatedCost } = answer([{}]);
    expect(tables).toEqual([
      {
        kind: 'archive rows',
        table: 'public.audit_log',
        reason: 'older than 365 days',
        refusals: [],
        warnings: [],
        work: {
          to: 's3 (STANDARD_IA)',
          cutoff: '2025-01-01T00:00:00.000Z',
          rows: 2_500,
          counted: true,
          oldest: '2024-10-15 12:00:00',
          newest: '2024-12-31 23:59:59.999999',
          daysBehind: 77.5,
          parts: 3,
          // A quarter of the rows, of 200 bytes each.
          tableBytes: 500_000,
          fileBytes: null,
          seconds: null,
          costs: expect.any(Array),
        },
      },
    ]);
    expect(estimatedCost.map(({ what }) => what)).toEqual([
      'STANDARD_IA, each month, at most',
      'uploads',
      'storage of the database, each month, once VACUUM lets it be used again',
    ]);
  });

  test('reckons with the speed and the file size of the last batches', () => {
    const speed = { rowsPerSecond: 1_000, bytesPerRow: 2e7 };
    const [table] = answer([{}], [factsOf({}, { speed })]).tables;
    expect(table?.work).toMatchObject({ seconds: 3, fileBytes: 5e10 });
    // 50 GB at 0.0125 dollars.
    expect(table?.work?.costs[0]).toEqual({ what: 'STANDARD_IA, each month', dollars: 0.63 });
  });

  test.each([
    ['STANDARD', 1.15],
    ['INTELLIGENT_TIERING', 1.15],
    ['GLACIER_IR', 0.2],
  ] as const)('reckons %s by its own price', (storageClass, dollars) => {
    const speed = { rowsPerSecond: 1_000, bytesPerRow: 2e7 };
    const [table] = answer([{ to: { kind: 's3', storageClass } }], [factsOf({}, { speed })]).tables;
    expect(table?.work?.costs[0]?.dollars).toBe(dollars);
  });

  test('says why a table is refused', () => {
    const { tables } = answer([{}], [factsOf({ hidesRows: true })]);
    expect(tables).toMatchObject([
      { kind: 'refuse', work: null, refusals: [{ remedy: 'ALTER ROLE "nightshift" BYPASSRLS;' }] },
    ]);
  });
});
