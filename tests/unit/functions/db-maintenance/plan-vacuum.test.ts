import { expect, test } from '@jest/globals';
import type { TableFact } from '../../../../functions/db-maintenance/facts.ts';
import { planVacuum } from '../../../../functions/db-maintenance/plan-vacuum.ts';
import { dbMaintenance } from '../../../../shared/config/db-maintenance.ts';

const { vacuum, window } = dbMaintenance.parse({});
const inWindow = { window, now: new Date('2026-01-01T06:00:00Z') };
const outside = { window, now: new Date('2026-01-01T12:00:00Z') };

const tidy: TableFact = {
  id: '1',
  schema: 'public',
  name: 'tidy',
  kind: 'table',
  bytes: 8_192_000,
  liveRows: 100_000,
  deadRows: 0,
  changedRows: 0,
  insertedRows: 0,
  isVacuumed: true,
  isAnalyzed: true,
  freezeShare: 0.1,
  isArchived: false,
  isBeingVacuumed: false,
  lack: null,
  expectedSeconds: null,
};
const plan = (...tables: Partial<TableFact>[]) =>
  planVacuum(
    tables.map((table, at) => ({ ...tidy, id: String(at + 1), ...table })),
    vacuum,
    inWindow,
  );
const targets = (...tables: Partial<TableFact>[]) => plan(...tables).actions.map(({ target }) => target);

test('what is tidy is left alone', () => {
  expect(plan({}, { deadRows: 9_000 }, { deadRows: 900, liveRows: 10 })).toMatchObject({
    actions: [],
    untouched: [],
  });
});

test('transaction ids go before the archive, that before dead rows, and those before statistics', () => {
  expect(
    targets(
      { name: 'stale', changedRows: 90_000 },
      { name: 'half_dead', deadRows: 100_000 },
      { name: 'archived', isArchived: true },
      { name: 'near', freezeShare: 0.8 },
      { name: 'past', freezeShare: 1.2 },
    ),
  ).toEqual(['public.past', 'public.near', 'public.archived', 'public.half_dead', 'public.stale']);
});

test('share and number both count: neither a tiny table nor a part of a thousandth goes first', () => {
  expect(
    targets(
      { name: 'tiny', liveRows: 1_000, deadRows: 1_500 },
      { name: 'large', liveRows: 100_000_000, deadRows: 90_000_000 },
      { name: 'medium', liveRows: 100_000, deadRows: 15_000 },
    ),
  ).toEqual(['public.large', 'public.tiny', 'public.medium']);
});

test('what was only ever inserted into, never vacuumed or never analyzed is found', () => {
  expect(
    plan(
      { name: 'inserted', insertedRows: 50_000 },
      { name: 'never', isVacuumed: false },
      { name: 'unknown', isAnalyzed: false, liveRows: 10 },
      { name: 'parent', kind: 'partitioned table', liveRows: 0, isAnalyzed: false, isVacuumed: false },
    ).actions.map(({ kind, target }) => [kind, target]),
  ).toEqual([
    ['vacuum', 'public.inserted'],
    ['vacuum', 'public.never'],
    ['analyze', 'public.unknown'],
    ['analyze', 'public.parent'],
  ]);
});

test('only what is about to be frozen by force is frozen, system tables too', () => {
  const { actions } = plan(
    { name: 'pg_class', schema: 'pg_catalog', kind: 'system table', freezeShare: 0.9 },
    { name: 'pg_proc', schema: 'pg_catalog', kind: 'system table', deadRows: 500_000 },
    { name: 'dead', deadRows: 500_000 },
  );
  expect(actions).toMatchObject([
    { target: 'pg_catalog.pg_class', freeze: true },
    { target: 'public.dead', freeze: false },
  ]);
});

test('what somebody else vacuums is left to them, and what the role may not is refused with the grant', () => {
  const lack = { reason: 'app owns it', remedy: 'GRANT app TO nightshift;' };
  const { actions, untouched } = plan(
    { name: 'busy', deadRows: 500_000, isBeingVacuumed: true },
    { name: 'theirs', deadRows: 500_000, lack },
  );
  expect(actions).toEqual([]);
  expect(untouched).toMatchObject([
    { kind: 'postpone', target: 'public.busy', reason: expect.stringContaining('being vacuumed') },
    { kind: 'refuse', target: 'public.theirs', remedy: 'GRANT app TO nightshift;' },
  ]);
});

test('outside of the window no table is cut shorter, which readers would wait for', () => {
  const dead = { ...tidy, deadRows: 500_000 };
  expect(planVacuum([dead], vacuum, outside).actions).toMatchObject([{ truncate: false }]);
  expect(planVacuum([dead], vacuum, inWindow).actions).toMatchObject([{ truncate: true }]);
});
