import { expect, test } from '@jest/globals';
import { catchUp } from '../../../shared/archive/catch-up.ts';

const point = (day: string, daysBehind: number) => ({ at: `2026-01-${day}T04:00:00.000Z`, daysBehind });

test('nothing left is caught up, whatever was before', () => {
  expect(catchUp([point('02', 0)])).toEqual({ kind: 'caught up' });
  expect(catchUp([point('02', 90), point('03', 0)])).toEqual({ kind: 'caught up' });
});

test('one run, or two at one moment, show no pace', () => {
  expect(catchUp([])).toEqual({ kind: 'unknown' });
  expect(catchUp([point('02', 90)])).toEqual({ kind: 'unknown' });
  expect(catchUp([point('02', 90), point('02', 80)])).toEqual({ kind: 'unknown' });
});

test('a backlog that falls by ten days a day is gone after as many days', () => {
  expect(catchUp([point('02', 90), point('03', 85), point('04', 70)])).toEqual({
    kind: 'will have caught up',
    at: '2026-01-11T04:00:00.000Z',
    daysPerDay: 10,
  });
});

test('a backlog that grows or stays is never gone, and one that hardly falls neither', () => {
  expect(catchUp([point('02', 90), point('03', 91)])).toEqual({ kind: 'falls behind', daysPerDay: -1 });
  expect(catchUp([point('02', 90), point('03', 90)])).toEqual({ kind: 'falls behind', daysPerDay: 0 });
  expect(catchUp([point('02', 90), point('03', 90 - 1e-9)])).toMatchObject({ kind: 'falls behind' });
});
