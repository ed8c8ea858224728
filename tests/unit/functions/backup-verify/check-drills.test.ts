import { expect, test } from '@jest/globals';
import { checkDrills } from '../../../../functions/backup-verify/check-drills.ts';
import type { DrillsFact } from '../../../../functions/backup-verify/facts.ts';
import { denied, expected, facts, inShort, instance, now } from '../../../support/verify-facts.ts';

if (!('value' in facts.drills)) throw new Error('The good facts have a drill.');
const good = facts.drills.value;
const success = good.lastSuccess;
if (!success) throw new Error('The good facts have a drill that succeeded.');
const judge = (change: Partial<DrillsFact>, held = expected) =>
  checkDrills({ ...facts, drills: { value: { ...good, ...change } } }, held, now);
const aged = (endedAt: string) =>
  judge({ lastSuccess: { ...success, endedAt, report: { ...success.report, restoredTo: endedAt } } });

test('a drill of this week passes, with what it restored and how long it took', () => {
  expect(judge({})).toMatchObject([
    {
      status: 'pass',
      fact: 'The drill 2026-03-15 restored rds:menotime-prod-2026-03-15-03-05 at 2026-03-15 07:20 UTC, in 12 min.',
    },
  ]);
});

test('an old one proves little', () => {
  expect(inShort(aged('2026-02-13T06:00:00.000Z'))).toEqual(['pass last drill']);
  expect(inShort(aged('2026-02-13T05:59:00.000Z'))).toEqual(['warn last drill']);
});

test('none yet is no baseline, and a warning once drills are configured', () => {
  expect(inShort(judge({ lastSuccess: null }))).toEqual(['warn last drill']);
  expect(inShort(judge({ lastSuccess: null }, { ...expected, isDrilled: false }))).toEqual([
    'no baseline last drill',
  ]);
});

test('one that failed since the last success is a failure', () => {
  const failedSince = { slot: '2026-03-19', endedAt: '2026-03-19T07:20:00.000Z', reason: 'row counts' };
  expect(judge({ failedSince })).toMatchObject([
    {
      status: 'fail',
      fact: expect.stringContaining('2026-03-19 failed at 2026-03-19 07:20 UTC: row counts'),
    },
    { status: 'pass' },
  ]);
});

test('nothing is said of drills that could not be asked', () => {
  expect(checkDrills({ ...facts, drills: denied }, expected, now)).toEqual([]);
});

const recreated = '2026-03-18T12:00:00.000Z';

test('one that restored an earlier instance of the same name proves nothing of this one', () => {
  const given = { ...facts, instance: { value: { ...instance, createdAt: recreated } } };
  expect(checkDrills(given, expected, now)).toMatchObject([
    { status: 'warn', fact: expect.stringContaining('before the instance was made, 2026-03-18 12:00 UTC') },
  ]);
});

test('one of this week that restored an old backup proves the old backup alone', () => {
  const report = { ...success.report, snapshot: 'pre-v1', restoredTo: '2025-06-01T03:05:00.000Z' };
  expect(judge({ lastSuccess: { ...success, report } })).toMatchObject([
    { status: 'warn', fact: expect.stringContaining('pre-v1') },
  ]);
});
