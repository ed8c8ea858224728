import { expect, test } from '@jest/globals';
import type { IdleAction, RefusedAction } from '../../../../functions/audit-archive/plan.ts';
import { remarksOf } from '../../../../functions/audit-archive/table-outcomes.ts';

const remark = (reason: string) => ({ reason, remedy: null });
const idle = (...warnings: readonly string[]): IdleAction => ({
  kind: 'nothing is old enough',
  target: 'public.log',
  reason: '',
  cutoff: '2025-01-01T00:00:00.000Z',
  daysBehind: 0,
  warnings: warnings.map(remark),
});
const refused: RefusedAction = {
  kind: 'refuse',
  target: 'public.log',
  reason: 'locked',
  refusals: [remark('a trigger raises')],
};

test('what has a table refused that was not when the night began is told', () => {
  expect(remarksOf(idle('a'), refused).map(({ reason }) => reason)).toEqual([
    'a',
    'it would be refused by now: a trigger raises',
  ]);
  expect(remarksOf(refused, refused)).toEqual([]);
});

test('a warning that came up meanwhile is told, one that was known is not told twice', () => {
  expect(remarksOf(idle('a'), idle('a', 'b')).map(({ reason }) => reason)).toEqual(['a', 'b']);
  expect(remarksOf(idle('a'), undefined).map(({ reason }) => reason)).toEqual(['a']);
});
