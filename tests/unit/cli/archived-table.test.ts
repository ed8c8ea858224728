import { expect, test } from '@jest/globals';
import { findAsked, type KnownPolicy, sourcesOf } from '../../../cli/query/archived-table.ts';
import type { LedgerBatch } from '../../../shared/archive/archive-ledger.ts';

const policy = (name: string, holdsDays = false): KnownPolicy => ({
  policy: name,
  ageColumn: 'at',
  holdsDays,
});
const policies = [policy('public.log'), policy('public.log_live'), policy('odd."Order Line"')];

function found(schema: string, table: string) {
  const asked = findAsked({ schema, table }, policies);
  return asked && [asked.known.policy, asked.part, asked.name];
}

test('a table is archived rows, with _live live ones, with _all both; names fold as DuckDB folds them', () => {
  expect(found('public', 'log')).toEqual(['public.log', 'archived', 'log']);
  expect(found('public', 'LOG_ALL')).toEqual(['public.log', 'all', 'log_all']);
  expect(found('odd', 'order line_live')).toEqual(['odd."Order Line"', 'live', 'Order Line_live']);
  expect(found('odd', 'log')).toBeUndefined();
});

test('a table whose own name ends so goes before what is made', () => {
  expect(found('public', 'log_live')).toEqual(['public.log_live', 'archived', 'log_live']);
});

const batch = (id: string, changes: Partial<LedgerBatch>): LedgerBatch => ({
  id,
  policy: 'public.log',
  destination: 's3',
  rows: 1,
  committedAt: '',
  key: `archive/${id}`,
  bytes: 1,
  sha256: '',
  contentHash: '',
  slot: '',
  bucket: 'b',
  archiveTable: null,
  oldest: null,
  newest: null,
  manifestSequence: null,
  ...changes,
});
const ledger = [
  batch('1', {}),
  batch('2', { destination: 'table', key: null, bucket: null, archiveTable: 'public.log_archive' }),
  batch('3', { policy: 'public.other' }),
  batch('4', { archiveTable: 'public.log_days' }),
];

function sources(known: KnownPolicy, part: 'archived' | 'live' | 'all') {
  const { files, relations } = sourcesOf(
    { known, table: { schema: 'public', name: 'log' }, part, name: '' },
    ledger,
  );
  return [files.map(({ id }) => id), relations.map(({ name }) => name)];
}

test('what was archived into files and into a table is found together', () => {
  expect(sources(policy('public.log'), 'archived')).toEqual([['1', '4'], ['log_archive']]);
  expect(sources(policy('public.log'), 'live')).toEqual([[], ['log']]);
  expect(sources(policy('public.log'), 'all')).toEqual([
    ['1', '4'],
    ['log_archive', 'log'],
  ]);
});

test('where days are kept, both together are the days of the view', () => {
  expect(sources(policy('public.log', true), 'all')).toEqual([['1', '4'], ['v_log_all']]);
});
