import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { interpretEvent, parseEvent } from '../../../../functions/matview-refresh/event.ts';
import { EventRefusedError } from '../../../../shared/job/errors.ts';
import { isScheduledSlot } from '../../../../shared/job/slot.ts';
import { malformedEvents } from '../../../support/malformed-events.ts';
import { stageConfig, stageInput } from '../../../support/stage-config.ts';

const folder = new URL('../../../../events/', import.meta.url);
const example = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
const { menotime } = stageInput.databases;
const config = stageConfig({ menotime: { ...menotime, matviewRefresh: {} }, plain: menotime });
const now = new Date('2026-03-04T23:59:59.999Z');
const ask = (raw: unknown) => interpretEvent(parseEvent(raw), config, now);

const examples = {
  schedule: { slot: '2026-01-02-0600', trigger: 'by its schedule', views: null, dryRun: false },
  'by-hand': { slot: '2026-03-04-235959', trigger: 'by hand', views: null, dryRun: false },
  'by-hand-dry-run': { slot: '2026-03-04-235959', views: null, dryRun: true },
  'by-hand-views': {
    slot: 'after-the-import',
    views: ['public.mv_scenario_daily_stats'],
    withDependents: true,
    force: false,
  },
};

describe('each example event starts a run', () => {
  test.each(Object.entries(examples))('%s', (name, wanted) => {
    const request = ask(example(`matview-refresh.${name}`));
    expect(request).toMatchObject({ database: 'menotime', instance: 'menotime-prod', ...wanted });
  });

  test('and none is left untried', () => {
    const found = readdirSync(folder).filter((name) => name.startsWith('matview-refresh.'));
    expect(found.sort()).toEqual(
      Object.keys(examples)
        .map((name) => `matview-refresh.${name}.json`)
        .sort(),
    );
  });
});

test('a schedule may fire many times a day, and each is a slot of its own', () => {
  const slotAt = (scheduledTime: string) =>
    ask({ trigger: 'schedule', database: 'menotime', scheduledTime }).slot;
  expect(slotAt('2026-01-02T06:00:00Z')).not.toBe(slotAt('2026-01-02T07:00:00Z'));
  expect(slotAt('2026-01-02T08:00:00+02:00')).toBe(slotAt('2026-01-02T06:00:00Z'));
});

test('by hand without a label, each second is a slot of its own, and none of a schedule’s', () => {
  const { slot } = ask({ database: 'menotime' });
  expect(isScheduledSlot(slot)).toBe(false);
  expect(isScheduledSlot(ask(example('matview-refresh.schedule')).slot)).toBe(true);
});

test('views are spelled one way, and each is named once', () => {
  const views = ['"public"."mv_costs"', 'public.mv_costs', 'oddities."A ""b"""'];
  expect(ask({ database: 'menotime', views }).views).toEqual(['public.mv_costs', 'oddities."A ""b"""']);
});

describe('is refused, with what would do:', () => {
  test.each([
    [
      'an unknown database',
      { database: 'other' },
      /no "matviewRefresh" for a database "other".*for: menotime/,
    ],
    ['a database without the job', { database: 'plain' }, /It has one for: menotime/],
    ['a name of every object', { database: 'constructor' }, /It has one for: menotime/],
    ['a view without its schema', { database: 'menotime', views: ['mv_costs'] }, /schema\.name.*"mv_costs"/],
    ['no view at all', { database: 'menotime', views: [] }, /views/],
    ['dependents of nothing', { database: 'menotime', withDependents: true }, /goes with "views"/],
    [
      'a label like a date',
      { database: 'menotime', label: '2026-01-02' },
      /a label must not look like a date/,
    ],
    [
      'a label like a slot of the schedule',
      { database: 'menotime', label: '2026-01-02-0600' },
      /a label must not look like a date/,
    ],
    ['an unknown key', { database: 'menotime', view: 'public.x' }, /matview-refresh starts from one of/],
  ])('%s', (_what, raw, words) => {
    expect(() => ask(raw)).toThrow(EventRefusedError);
    expect(() => ask(raw)).toThrow(words);
  });
});

test('2,000 malformed events: refused saying what was expected, or of a slot that is a safe name', () => {
  const good = Object.keys(examples).map((name) => example(`matview-refresh.${name}`));
  const seen = { refused: 0, accepted: 0 };
  fc.assert(
    fc.property(malformedEvents(good, example('snapshot-export.rds-event-0091')), (raw) => {
      try {
        expect(ask(raw).slot).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
        seen.accepted += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(EventRefusedError);
        expect((error as Error).message.length).toBeLessThan(20_000);
        seen.refused += 1;
      }
    }),
    { numRuns: 2_000 },
  );
  expect(seen.refused).toBeGreaterThan(1_500);
  expect(seen.accepted).toBeGreaterThan(10);
});
