import { expect, test } from '@jest/globals';
import { planIntegrity } from '../../../../functions/db-maintenance/plan-integrity.ts';
import { dbMaintenance } from '../../../../shared/config/db-maintenance.ts';

const { integrity, window } = dbMaintenance.parse({});
const now = '2026-04-01T06:00:00.000Z';
const server = { checkSchema: 'nightshift', role: 'nightshift', now };
const planning = { window, now: new Date(now) };
const object = (id: string, bytes: number, checkedAt: string | null = null) => ({
  id,
  schema: 'public',
  name: `t${id}`,
  kind: 'table' as const,
  bytes,
  toastOf: null,
  checkedAt,
  triedAt: checkedAt,
  next: null,
});
const targets = (objects: Parameters<typeof planIntegrity>[0], done = 0) =>
  planIntegrity(objects, server, integrity, planning, done).actions.map(({ target }) => target);

test('what was never looked through goes first, then what was longest ago, and what is not due stays', () => {
  const objects = [
    object('1', 10, '2025-12-01T00:00:00Z'),
    object('2', 10, '2025-11-01T00:00:00Z'),
    object('3', 10),
    object('4', 100, '2026-03-01T00:00:00Z'),
  ];
  expect(targets(objects)).toEqual(['public.t3', 'public.t2', 'public.t1']);
});

test('one run takes a share of all, but one at least', () => {
  expect(targets([object('1', 60), object('2', 30), object('3', 10)])).toEqual(['public.t1']);
  expect(targets([object('1', 40), object('2', 50), object('3', 10)])).toEqual(['public.t1', 'public.t3']);
  expect(targets([object('1', 40), object('2', 60)], 50)).toEqual([]);
});

test('what was begun is gone on with before all else, and what failed lately comes after all else', () => {
  const begun = {
    ...object('9', 10, '2025-12-01T00:00:00Z'),
    triedAt: '2026-03-31T00:00:00Z',
    next: { block: 2_048, of: 9_000 },
  };
  const failing = { ...object('1', 10), triedAt: '2026-03-31T00:00:00Z' };
  const objects = [failing, object('2', 10, '2025-11-01T00:00:00Z'), object('3', 10), begun];
  const { actions } = planIntegrity(objects, server, { ...integrity, sharePerRun: 1 }, planning);
  expect(actions.map(({ name }) => name)).toEqual(['t9', 't3', 't2', 't1']);
  expect(actions.map(({ reason }) => reason)).toEqual([
    'it was looked through up to block 2048 of 9000, and that goes on',
    'it was never looked through',
    'it was looked through on 2025-11-01',
    'it was not found sound when it was tried on 2026-03-31',
  ]);
});

test('of what is kept out of line it is said whose values these are', () => {
  const toast = { ...object('1', 10), schema: 'pg_toast', name: 'pg_toast_99', toastOf: 'public.notes' };
  expect(planIntegrity([toast], server, integrity, planning).actions).toMatchObject([
    { target: 'pg_toast.pg_toast_99', reason: 'it was never looked through; long values of public.notes' },
  ]);
});

test('without amcheck that is said; where it is switched off nothing is', () => {
  const without = planIntegrity([object('1', 1)], { ...server, checkSchema: null }, integrity, planning);
  expect(without).toMatchObject({ actions: [], untouched: [{ kind: 'refuse', target: 'amcheck' }] });
  const off = planIntegrity([object('1', 1)], server, { ...integrity, everyDays: 0 }, planning);
  expect(off).toEqual({ actions: [], untouched: [], notices: [] });
});
