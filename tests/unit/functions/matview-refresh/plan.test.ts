import { describe, expect, test } from '@jest/globals';
import type { ViewNode } from '../../../../functions/matview-refresh/graph.ts';
import {
  type PlanFacts,
  planRefresh,
  type Verdict,
  type ViewHistory,
} from '../../../../functions/matview-refresh/plan.ts';
import { matviewRefresh } from '../../../../shared/config/matview-refresh.ts';

const node = (id: string, more: Partial<ViewNode> = {}): ViewNode => ({
  id,
  schema: 'public',
  name: `mv_${id}`,
  owner: 'nightshift',
  mayRefresh: true,
  mendOwnership: null,
  populated: true,
  bytes: 20_000_000,
  uniqueIndex: 'uq',
  suggestedIndex: null,
  reads: [],
  alwaysBecause: null,
  definitionIds: { rules: [], functions: [] },
  ...more,
});

const now = new Date('2026-01-02T02:30:00Z');
const fresh: Verdict = { fresh: true, asOf: '2026-01-02T02:29:59Z' };
const stale: Verdict = { fresh: false, because: 'public.visits: 12 more rows inserted' };
const window = { from: '02:00', hours: 1 };
const past = (concurrently: number | null, plain: number | null, isRead = false): ViewHistory => ({
  seconds: { concurrently, plain },
  isRead,
});

function plan(
  views: readonly ViewNode[],
  {
    settings = {},
    verdict = stale,
    history = {},
    ...asked
  }: {
    settings?: object;
    verdict?: Verdict;
    history?: Record<string, ViewHistory>;
    views?: readonly string[];
    withDependents?: boolean;
    force?: boolean;
  } = {},
  at = now,
) {
  const facts: PlanFacts = {
    graph: { views, names: {} },
    verdicts: new Map(views.map(({ id }) => [id, verdict])),
    history: new Map(Object.entries(history)),
  };
  const request = {
    settings: matviewRefresh.parse(settings),
    views: null,
    withDependents: false,
    force: false,
    ...asked,
  };
  return planRefresh(facts, request, at);
}

const kinds = (...planned: Parameters<typeof plan>) =>
  plan(...planned).map(({ kind, target }) => `${kind} ${target}`);

describe('which views', () => {
  const views = [
    node('leaf', { reads: ['middle', 'table'] }),
    node('root'),
    node('middle', { reads: ['root'] }),
  ];

  test('all of them, each after what it reads', () => {
    expect(kinds(views)).toEqual([
      'refresh public.mv_root',
      'refresh public.mv_middle',
      'refresh public.mv_leaf',
    ]);
    expect(plan(views).map(({ parents }) => parents)).toEqual([[], ['root'], ['middle']]);
  });

  test('those of the config, but for what it leaves out', () => {
    expect(kinds(views, { settings: { views: ['public.mv_root', 'public."mv_leaf"'] } })).toEqual([
      'refresh public.mv_root',
      'refresh public.mv_leaf',
    ]);
    expect(kinds(views, { settings: { leaveOut: ['public.mv_root'] } })).toHaveLength(2);
  });

  test('one by its name, with or without what hangs on it, though the nights leave it out', () => {
    const settings = { leaveOut: ['public.mv_middle'] };
    expect(kinds(views, { settings, views: ['public.mv_middle'] })).toEqual(['refresh public.mv_middle']);
    expect(kinds(views, { settings, views: ['public.mv_middle'], withDependents: true })).toEqual([
      'refresh public.mv_middle',
      'refresh public.mv_leaf',
    ]);
  });

  test('a name that no view has is refused, and the others go on', () => {
    const [unknown, ...others] = plan(views, { settings: { perView: { 'public.mv_gone': {} } } });
    expect(unknown).toMatchObject({ kind: 'refuse', target: 'public.mv_gone' });
    expect(others).toHaveLength(3);
    expect(kinds(views, { views: ['public.nothing'] })).toEqual(['refuse public.nothing']);
  });
});

describe('whether', () => {
  test('what has not changed is skipped, unless it is asked for', () => {
    expect(plan([node('a')], { verdict: fresh })[0]).toMatchObject({
      kind: 'skip',
      asOf: fresh.fresh && fresh.asOf,
    });
    expect(plan([node('a')], { verdict: fresh, force: true })[0]).toMatchObject({ kind: 'refresh' });
  });

  test('what has changed is refreshed, with the reason', () => {
    expect(plan([node('a')])[0]).toMatchObject({
      kind: 'refresh',
      reason: 'public.visits: 12 more rows inserted',
    });
  });

  test('what depends on the clock is refreshed, whatever the counters say', () => {
    const always = node('a', { alwaysBecause: 'it calls now()' });
    expect(plan([always], { verdict: fresh })[0]).toMatchObject({
      kind: 'refresh',
      reason: 'it calls now()',
    });
  });

  test('what belongs to somebody else is refused, with the statement that mends it', () => {
    const mendOwnership = 'GRANT reporting TO nightshift;';
    const foreign = node('a', { mayRefresh: false, owner: 'reporting', mendOwnership });
    expect(plan([foreign], { verdict: fresh })[0]).toMatchObject({ kind: 'refuse', remedy: mendOwnership });
  });

  test('a view that nobody judged is refreshed', () => {
    const facts = { graph: { views: [node('a')], names: {} }, verdicts: new Map(), history: new Map() };
    const request = { settings: matviewRefresh.parse({}), views: null, withDependents: false, force: false };
    expect(planRefresh(facts, request, now)[0]).toMatchObject({ kind: 'refresh' });
  });
});

describe('how', () => {
  const bare = node('a', { uniqueIndex: null, suggestedIndex: 'CREATE UNIQUE INDEX CONCURRENTLY …' });
  const outside = new Date('2026-01-02T12:00:00Z');

  test('concurrently, for its readers go on', () => {
    expect(plan([node('a')])[0]).toMatchObject({ method: 'concurrently' });
  });

  test('plain at any time where it is empty', () => {
    expect(plan([node('a', { populated: false })], {}, outside)[0]).toMatchObject({ method: 'plain' });
  });

  test('without a unique index: plain in the window, later outside of it, never without one', () => {
    expect(plan([bare], { settings: { window } })[0]).toMatchObject({
      kind: 'refresh',
      method: 'plain',
      remedy: 'CREATE UNIQUE INDEX CONCURRENTLY …; -- lets its readers go on',
    });
    expect(plan([bare], { settings: { window } }, outside)[0]).toMatchObject({
      kind: 'postpone',
      remedy: 'CREATE UNIQUE INDEX CONCURRENTLY …; -- lets its readers go on',
      reason: expect.stringContaining('02:00 to 03:00 UTC'),
    });
    expect(plan([bare])[0]).toMatchObject({
      kind: 'refuse',
      remedy: expect.stringContaining('CREATE UNIQUE INDEX CONCURRENTLY …'),
    });
  });

  test('plain where the config says so, within the window if there is one', () => {
    const perView = { 'public.mv_a': { method: 'plain' } };
    expect(plan([node('a')], { settings: { perView } })[0]).toMatchObject({ method: 'plain' });
    expect(plan([node('a')], { settings: { perView, window } }, outside)[0]).toMatchObject({
      kind: 'postpone',
      remedy: null,
    });
  });

  test('plain where that was measured to be far cheaper, nobody reads, and it is the window', () => {
    const methodOf = (history: ViewHistory, settings: object, at = now) => {
      const [action] = plan([node('a')], { settings, history: { a: history } }, at);
      return action?.kind === 'refresh' ? action.method : action?.kind;
    };
    expect(methodOf(past(10, 2), { window })).toBe('plain');
    expect(methodOf(past(3, 2), { window })).toBe('concurrently');
    expect(methodOf(past(10, 2, true), { window })).toBe('concurrently');
    expect(methodOf(past(10, null), { window })).toBe('concurrently');
    expect(methodOf(past(10, 2), {})).toBe('concurrently');
    expect(methodOf(past(10, 2), { window }, outside)).toBe('concurrently');
    expect(methodOf(past(10, 2), { window, perView: { 'public.mv_a': { method: 'concurrently' } } })).toBe(
      'concurrently',
    );
  });

  test('has its readers wait no longer than the window is open', () => {
    const notAfter = (view: ViewNode, given: Parameters<typeof plan>[1] = {}) => {
      const [action] = plan([view], given);
      return action?.kind === 'refresh' ? action.notAfter : action?.kind;
    };
    const closes = Date.parse('2026-01-02T03:00:00Z');
    const perView = { 'public.mv_a': { method: 'plain' } };
    expect(notAfter(bare, { settings: { window } })).toBe(closes);
    expect(notAfter(node('a'), { settings: { window, perView } })).toBe(closes);
    expect(notAfter(node('a'), { settings: { window }, history: { a: past(10, 2) } })).toBe(closes);
    expect(notAfter(node('a'), { settings: { window } })).toBeNull();
    expect(notAfter(node('a'), { settings: { perView } })).toBeNull();
    expect(notAfter(node('a', { populated: false }), { settings: { window } })).toBeNull();
  });

  test('within its own time limit', () => {
    const perView = { 'public."mv_a"': { timeLimitMinutes: 5 } };
    expect(plan([node('a')], { settings: { perView } })[0]).toMatchObject({ timeLimitSeconds: 300 });
  });
});
