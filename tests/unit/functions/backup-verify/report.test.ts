import { describe, expect, test } from '@jest/globals';
import { checkAll } from '../../../../functions/backup-verify/checks.ts';
import type { Facts } from '../../../../functions/backup-verify/facts.ts';
import { pastOf, reportRun } from '../../../../functions/backup-verify/report.ts';
import type { Finding } from '../../../../shared/verify/finding.ts';
import { denied, expected, facts, past, sharing, withInstance } from '../../../support/verify-facts.ts';

const report = (given: Facts, extra: readonly Finding[] = []) =>
  reportRun({
    request: expected,
    stage: 'prod',
    facts: given,
    findings: [...checkAll(given, expected), ...extra],
  });
const withPast = (given: Facts, change: object): Facts => ({
  ...given,
  past: { value: { ...past, ...change } },
});
const bad = withInstance({ publiclyAccessible: true });
const warned = withInstance({ backupWindow: '01:00-01:30' });

describe('people are told', () => {
  test('nothing while all is well, as it was', () => {
    expect(report(facts).message).toBeNull();
  });

  test('nothing of a warning that they know', () => {
    expect(report(withPast(warned, { notPassed: ['warn backup window'] })).message).toBeNull();
  });

  test('the first verdict', () => {
    const { message } = report({ ...facts, past: { value: null } });
    expect(message?.text).toMatch(
      /^menotime: restorable to 2026-03-20 05:56 UTC.*\nThis is the first verdict\./,
    );
  });

  test('a bad verdict each day, the worst first, with what to do', () => {
    const known = { kind: 'in doubt', notPassed: ['fail public access'] };
    const { message } = report(withPast(bad, known));
    expect(message?.subject).toBe('Nightshift prod: menotime in doubt, 1 failed');
    expect(message?.text.split('\n').slice(1, 3)).toEqual([
      'Unchanged since the run of 2026-03-19, 2026-03-19T06:00:10.000Z.',
      expect.stringMatching(
        /^- FAIL public access: The instance has a public address.*--no-publicly-accessible/,
      ),
    ]);
    expect(message?.text).toContain('Runbook: docs/runbooks/backup-verify.md');
  });

  test('a new warning once, and when it is over', () => {
    expect(report(warned).message?.text).toContain('new: warn backup window');
    expect(report(withPast(facts, { notPassed: ['warn backup window'] })).message?.text).toContain(
      'over: warn backup window',
    );
  });

  test('that it is well again', () => {
    expect(
      report(withPast(facts, { kind: 'in doubt', notPassed: ['fail snapshot age'] })).message,
    ).toMatchObject({
      subject: 'Nightshift prod: menotime restorable',
      text: expect.stringContaining('it was "in doubt"'),
    });
  });
});

test('metrics: the verdict, the checks, and what was measured', () => {
  expect(Object.fromEntries(report(bad).measurements.map(({ name, value }) => [name, value]))).toEqual({
    VerdictOk: 0,
    ChecksFailed: 1,
    ChecksWarned: 0,
    BackupAgeHours: 2.92,
    RestorableLagSeconds: 240,
    DrillDurationSeconds: 720,
    DrillAgeDays: 4.94,
  });
});

test('what is not known is not measured as nought', () => {
  const given: Facts = {
    ...facts,
    instance: denied,
    snapshots: denied,
    drills: denied,
  };
  expect(report(given).measurements.map(({ name }) => name)).toEqual([
    'VerdictOk',
    'ChecksFailed',
    'ChecksWarned',
  ]);
});

describe('the record', () => {
  const recordOf = (given: Facts) => ({
    version: 1 as const,
    job: 'backup-verify',
    stage: 'prod',
    database: 'menotime',
    slot: '2026-03-20',
    trigger: 'by its schedule',
    status: 'succeeded' as const,
    startedAt: '2026-03-20T06:00:00.000Z',
    endedAt: '2026-03-20T06:00:05.000Z',
    executionArn: 'arn',
    report: report(given).report,
  });

  test('when the instance was seen stopped: once in six hours, for as long as a retention lasts', () => {
    const stopped = withInstance({ status: 'stopped' });
    const seen = (given: Facts, restingAt: string[]) =>
      report(withPast(given, { restingAt })).report.restingAt;
    expect(seen(stopped, [])).toEqual(['2026-03-20T06:00:00.000Z']);
    expect(pastOf(recordOf(stopped))?.restingAt).toContain('2026-03-20T06:00:00.000Z');
    expect(seen(stopped, ['2026-01-20T06:00:00.000Z', '2026-03-20T05:00:00.000Z'])).toEqual([
      '2026-03-20T05:00:00.000Z',
    ]);
    expect(seen(facts, ['2026-03-19T06:00:00.000Z'])).toEqual(['2026-03-19T06:00:00.000Z']);
  });

  test('tells the next run what it needs, through JSON', () => {
    const next = pastOf(JSON.parse(JSON.stringify(recordOf(warned))));
    expect(next).toMatchObject({
      slot: '2026-03-20',
      kind: 'restorable',
      notPassed: ['warn backup window'],
      earliestRestorable: '2026-03-13T03:10:00.000Z',
      lags: [past.lags[0], { at: '2026-03-20T06:00:00.000Z', seconds: 240 }],
      sharedSnapshots: [],
    });
    expect(next?.history).toHaveLength(14);
    expect(next?.history.at(-1)).toEqual({
      night: '2026-03-20',
      snapshotBytes: 1_000_000_000,
      exportBytes: 404_000_000,
    });
  });

  test('of anything else is none', () => {
    expect(pastOf(undefined)).toBeUndefined();
    expect(pastOf({ ...recordOf(facts), report: { kind: 'other' } as never })).toBeUndefined();
  });

  test('holds the worst first', () => {
    const exported: Finding = {
      check: 'last export',
      status: 'fail',
      fact: 'It is gone.',
      limit: null,
      advice: null,
    };
    expect(
      report(warned, [exported])
        .report.findings.slice(0, 2)
        .map(({ check }) => check),
    ).toEqual(['last export', 'backup window']);
  });

  test('does not forget a shared snapshot that could not be asked again', () => {
    const shared = [{ snapshot: 'pre-v2', accounts: ['444455556666'] }];
    const found: Facts = { ...facts, sharing: [{ value: { ...sharing, shared } }] };
    expect(report(found).report.sharedSnapshots).toEqual(['pre-v2']);
    const unseen = withPast({ ...facts, sharing: [denied] }, { sharedSnapshots: ['pre-v2'] });
    expect(report(unseen).report.sharedSnapshots).toEqual(['pre-v2']);
    expect(report(withPast(facts, { sharedSnapshots: ['pre-v2'] })).report.sharedSnapshots).toEqual([]);
  });
});

describe('where drills are wanted and none has succeeded yet', () => {
  const none = { value: { lastSuccess: null, failedSince: null } };
  const ageOf = (given: Facts, request = expected) =>
    reportRun({ request, stage: 'prod', facts: given, findings: [] }).measurements.find(
      ({ name }) => name === 'DrillAgeDays',
    )?.value;

  test('the age counts from the first verdict that missed one, so that the alarm comes', () => {
    const first = { ...facts, drills: none, past: { value: null } };
    expect(ageOf(first)).toBe(0);
    const { report: left } = report(first);
    expect(left.undrilledSince).toBe('2026-03-20T06:00:00.000Z');
    const later = withPast({ ...facts, drills: none }, { undrilledSince: '2026-03-10T06:00:00.000Z' });
    expect(ageOf(later)).toBe(10);
    expect(report(later).report.undrilledSince).toBe('2026-03-10T06:00:00.000Z');
  });

  test('nothing is counted where none is wanted, or where nobody could see', () => {
    expect(ageOf({ ...facts, drills: none }, { ...expected, isDrilled: false })).toBeUndefined();
    expect(ageOf({ ...facts, drills: denied })).toBeUndefined();
    expect(ageOf({ ...facts, drills: none, past: denied })).toBeUndefined();
  });

  test('a success ends it', () => {
    const { report: left } = report(withPast(facts, { undrilledSince: '2026-03-10T06:00:00.000Z' }));
    expect(left.undrilledSince).toBeNull();
  });
});

test('what earlier runs left is not called the first verdict where it could not be seen, nor forgotten', () => {
  const blind = report({ ...facts, past: denied });
  expect(blind.message?.text).toContain('What the run before found could not be seen.');
  const record = { report: blind.report, slot: '2026-03-20', endedAt: '2026-03-20T06:00:05.000Z' };
  expect(pastOf(record as never)).toBeUndefined();
});
