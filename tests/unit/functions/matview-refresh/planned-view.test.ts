import { describe, expect, test } from '@jest/globals';
import type {
  PostponeAction,
  RefreshAction,
  RefuseAction,
  SkipAction,
} from '../../../../functions/matview-refresh/plan.ts';
import { planOf } from '../../../../functions/matview-refresh/planned-view.ts';

const task = (id: string, ...parents: string[]) => ({ id, target: `public.${id}`, parents, seconds: 1 });
const refresh = (id: string, ...parents: string[]): RefreshAction => ({
  ...task(id, ...parents),
  kind: 'refresh',
  reason: 'public.t: 1 more row inserted',
  method: 'concurrently',
  methodReason: 'its readers go on',
  timeLimitSeconds: 60,
  remedy: null,
  notAfter: null,
});
const refuse = (id: string, ...parents: string[]): RefuseAction => ({
  ...task(id, ...parents),
  kind: 'refuse',
  reason: 'no index',
  remedy: 'CREATE …',
});
const postpone = (id: string, ...parents: string[]): PostponeAction => ({
  ...task(id, ...parents),
  kind: 'postpone',
  reason: 'left for the window',
  remedy: 'CREATE …',
});
const skip = (otherwise: SkipAction['otherwise']): SkipAction => ({
  ...task(otherwise.id, ...otherwise.parents),
  kind: 'skip',
  reason: 'nothing that it reads has changed',
  asOf: '2026-01-02T06:00:00Z',
  otherwise,
});

const planned = (...actions: Parameters<typeof planOf>[1]) =>
  planOf({ database: 'menotime', slot: 'x' }, actions).views;

describe('a dry run', () => {
  test('names the views that go before, and what mends', () => {
    expect(planned(refresh('a'), refuse('b', 'a', '99'))).toMatchObject([
      { view: 'public.a', kind: 'refresh', after: [], method: 'concurrently: its readers go on' },
      { view: 'public.b', kind: 'refuse', after: ['public.a'], remedy: 'CREATE …' },
    ]);
  });

  test('calls nothing unchanged that reads what is refreshed before it', () => {
    const [, child, grandchild, other] = planned(
      refresh('a'),
      skip(refresh('b', 'a')),
      skip(postpone('c', 'b')),
      skip(refresh('d')),
    );
    expect(child).toMatchObject({
      kind: 'refresh',
      reason: 'public.a, which it reads, is refreshed first, and may change',
      method: 'concurrently: its readers go on',
    });
    expect(grandchild).toMatchObject({ kind: 'postpone', reason: 'left for the window', remedy: 'CREATE …' });
    expect(other).toMatchObject({ kind: 'skip', reason: 'nothing that it reads has changed', method: null });
  });

  test('tells what would fail because of another, all the way down, and each one’s own fault first', () => {
    expect(
      planned(refuse('a'), refresh('b', 'a'), skip(refresh('c', 'b')), refuse('d', 'a'), refresh('e')),
    ).toMatchObject([
      { kind: 'refuse' },
      { kind: 'held up', reason: 'what it reads cannot be brought up to date: public.a', method: null },
      { kind: 'held up', reason: 'what it reads cannot be brought up to date: public.b' },
      { kind: 'refuse', reason: 'no index', remedy: 'CREATE …' },
      { kind: 'refresh' },
    ]);
  });

  test('lets go on what reads a view that is left for the window', () => {
    expect(planned(postpone('a'), refresh('b', 'a'))).toMatchObject([
      { kind: 'postpone' },
      { kind: 'refresh' },
    ]);
  });
});
