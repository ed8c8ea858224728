import { describe, expect, test } from '@jest/globals';
import { type Done, reportPlan, reportRun } from '../../../../functions/snapshot-export/report.ts';
import { automatedSnapshot, copyOf, exportOf } from '../../../support/snapshot-export-facts.ts';
import { nightlyRequest } from '../../../support/snapshot-export-request.ts';

const proof = {
  tables: 3,
  rows: 12,
  bytes: 3_400,
  files: 4,
  against: { 'exact count': 2, bounds: 1 },
  skipped: [],
  notes: [],
};
const name = 'nightshift-prod-menotime-2026-01-02';
const whole: Done = {
  request: nightlyRequest,
  stage: 'prod',
  bucket: 'menotime-backups',
  plan: {
    snapshot: {
      kind: 'take snapshot',
      target: name,
      reason: 'no automated snapshot of the last 6 h',
      own: true,
    },
    export: { kind: 'start export', target: name, reason: 'every table' },
    copy: { kind: 'copy snapshot', target: name, region: 'us-east-1', reason: 'a region may fail' },
  },
  snapshot: { ...automatedSnapshot, identifier: name },
  exported: {
    task: exportOf(automatedSnapshot, { status: 'COMPLETE', endedAt: '2026-01-02T03:50:00.000Z' }),
    proof,
    manifest: { key: 'manifests/x.json', sha256: 'abc', sequence: 7 },
  },
  copy: copyOf(automatedSnapshot),
  pruned: [{ kind: 'delete snapshot', target: 'old', reason: 'older' }],
};
const text = (changes: Partial<Done> = {}) => reportRun({ ...whole, ...changes }).message.text;

test('the record holds what was made, where it lies and how it was proved', () => {
  expect(reportRun(whole).report).toEqual({
    kind: 'run',
    asked: { tables: null, skipExport: false },
    snapshot: {
      identifier: name,
      createdAt: automatedSnapshot.createdAt,
      adopted: false,
      reason: 'no automated snapshot of the last 6 h',
    },
    export: {
      id: name,
      place: `s3://menotime-backups/exports/${name}/`,
      startedAt: '2026-01-02T03:40:00.000Z',
      endedAt: '2026-01-02T03:50:00.000Z',
      proof,
      manifest: { key: 'manifests/x.json', sha256: 'abc', sequence: 7 },
    },
    copy: { identifier: name, region: 'us-east-1' },
    pruned: [{ kind: 'delete snapshot', target: 'old', reason: 'older' }],
  });
});

test('the numbers of the run are measured', () => {
  expect(reportRun(whole).measurements).toEqual([
    { name: 'Pruned', unit: 'Count', value: 1 },
    { name: 'TablesUnproved', unit: 'Count', value: 0 },
    { name: 'RowsExported', unit: 'Count', value: 12 },
    { name: 'BytesExported', unit: 'Bytes', value: 3_400 },
    { name: 'TablesExported', unit: 'Count', value: 3 },
  ]);
  expect(reportRun({ ...whole, exported: null }).measurements).toEqual([
    { name: 'Pruned', unit: 'Count', value: 1 },
    { name: 'TablesUnproved', unit: 'Count', value: 0 },
  ]);
});

describe('tables whose rows are not proved', () => {
  const reported = (against: Record<string, number>, changes: Partial<Done> = {}) =>
    reportRun({
      ...whole,
      ...changes,
      exported: whole.exported && { ...whole.exported, proof: { ...proof, against } },
    });

  test.each([
    [{ 'exact count': 2, bounds: 1 }, 0],
    [{ 'exact count': 2, 'uncertain counts': 3 }, 3],
    [{ estimate: 2, 'no counts': 4, 'uncertain counts': 1 }, 7],
  ])('%j are measured as %i', (against, value) => {
    expect(reported(against).measurements).toContainEqual({ name: 'TablesUnproved', unit: 'Count', value });
  });

  test('are in the subject where counts were doubtful', () => {
    expect(reported({ 'exact count': 2, 'uncertain counts': 1 }).message.subject).toBe(
      'Nightshift prod: menotime backed up, rows NOT proved for 1 table, slot 2026-01-02',
    );
    expect(reported({ estimate: 1, 'uncertain counts': 1 }).message.subject).toContain(
      ', rows NOT proved for 2 tables,',
    );
  });

  test('are not in the subject where it was chosen so', () => {
    expect(reported({ 'exact count': 1, estimate: 1, 'no counts': 2 }).message.subject).not.toContain('NOT');
    const snapshot = { ...whole.plan.snapshot, kind: 'adopt snapshot', own: false } as const;
    expect(reported({ 'no counts': 3 }, { plan: { ...whole.plan, snapshot } }).message.subject).not.toContain(
      'NOT',
    );
  });

  test('are in the subject where counting around our own snapshot had failed', () => {
    expect(reported({ 'no counts': 3 }).message.subject).toContain(', rows NOT proved for 3 tables,');
  });
});

describe('the message', () => {
  test('names stage, database and slot', () => {
    expect(reportRun(whole).message.subject).toBe('Nightshift prod: menotime backed up, slot 2026-01-02');
  });

  test('says what was done, and carries the newest manifest’s hash', () => {
    expect(text().split('\n')).toEqual([
      `Snapshot ${name} of menotime-prod, begun ${automatedSnapshot.createdAt}: no automated snapshot of the last 6 h.`,
      `Exported and complete at s3://menotime-backups/exports/${name}/: 3 tables (2 by exact count, 1 by bounds), 12 rows, 4 files, 3400 bytes.`,
      `Copied to us-east-1 as ${name}.`,
      'Deleted by retention: old.',
      'Newest manifest 7: sha256 abc',
    ]);
  });

  test('says what could not be proved', () => {
    const doubtful = { ...proof, notes: ['public.a: rows not proved: why'], skipped: ['public.b'] };
    const exported = whole.exported && { ...whole.exported, proof: doubtful };
    expect(text({ exported })).toContain('\nNote: public.a: rows not proved: why.\n');
    expect(text({ exported })).toContain(' Skipped, as accepted: public.b.');
  });

  test('leaves out what was not done', () => {
    expect(text({ exported: null, copy: null, pruned: [] })).toBe(
      `Snapshot ${name} of menotime-prod, begun ${automatedSnapshot.createdAt}: no automated snapshot of the last 6 h.\nNot exported, as it was asked.`,
    );
    expect(text({ snapshot: { ...automatedSnapshot, createdAt: null } })).toContain(
      'begun at an unknown time',
    );
  });
});

test('a dry run reports its actions and their cost, measures nothing and tells nobody', () => {
  const actions = [{ kind: 'take snapshot', target: name, reason: 'x' }];
  const cost = [{ what: 'export', dollars: 1 }];
  expect(reportPlan(nightlyRequest, actions, cost)).toEqual({
    report: { kind: 'plan', database: 'menotime', slot: '2026-01-02', actions, estimatedCost: cost },
    measurements: [],
    message: { subject: '', text: '' },
  });
});
