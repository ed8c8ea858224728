import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { interpretEvent, parseEvent } from '../../../../functions/db-maintenance/event.ts';
import { EventRefusedError } from '../../../../shared/job/errors.ts';
import { malformedEvents } from '../../../support/malformed-events.ts';
import { stageConfig, stageInput } from '../../../support/stage-config.ts';

const folder = new URL('../../../../events/', import.meta.url);
const example = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
const { menotime } = stageInput.databases;
const config = stageConfig({ menotime: { ...menotime, dbMaintenance: {} }, plain: menotime });
const now = new Date('2026-03-04T23:59:59.999Z');
const ask = (raw: unknown) => interpretEvent(parseEvent(raw), config, now);

const examples = {
  schedule: {
    slot: '2026-01-01',
    trigger: 'by its schedule',
    part: 'whole',
    tables: null,
    end: null,
    dryRun: false,
  },
  'schedule-urgent': { slot: 'urgent-2026-01-01', part: 'urgent', tables: null, end: null },
  'by-hand': { slot: '2026-03-04', trigger: 'by hand', tables: null, end: null, dryRun: false },
  'by-hand-dry-run': { slot: '2026-03-04', dryRun: true },
  'by-hand-tables': { slot: 'after-the-import', tables: ['public.audit_log'], end: null },
  'by-hand-end': {
    slot: 'end-2026-03-04-235959',
    tables: null,
    end: { selectsOverMinutes: 60, idleInTransactionMinutes: 60 },
    dryRun: true,
  },
};

describe('each example event starts a run', () => {
  test.each(Object.entries(examples))('%s', (name, wanted) => {
    const request = ask(example(`db-maintenance.${name}`));
    expect(request).toMatchObject({ database: 'menotime', instance: 'menotime-prod', ...wanted });
  });

  test('and none is left untried', () => {
    const found = readdirSync(folder).filter((name) => name.startsWith('db-maintenance.'));
    expect(found.sort()).toEqual(
      Object.keys(examples)
        .map((name) => `db-maintenance.${name}.json`)
        .sort(),
    );
  });
});

describe('is refused, with what would do:', () => {
  test.each([
    [
      'an unknown database',
      { database: 'other' },
      /no "dbMaintenance" for a database "other".*for: menotime/,
    ],
    ['a name of every object', { database: 'constructor' }, /It has one for: menotime/],
    ['a database without the job', { database: 'plain' }, /It has one for: menotime/],
    [
      'tables in the name of a whole night',
      { database: 'menotime', tables: ['public.a'] },
      /needs a "label"/,
    ],
    ['a table without its schema', { database: 'menotime', label: 'x', tables: ['a'] }, /schema\.name.*"a"/],
    ['an end of nothing', { database: 'menotime', end: {} }, /"selectsOverMinutes" or/],
    ['an end at once', { database: 'menotime', end: { selectsOverMinutes: 0 } }, /selectsOverMinutes/],
    [
      'an end of tables',
      { database: 'menotime', end: { selectsOverMinutes: 9 }, tables: ['public.a'] },
      /without "tables"/,
    ],
    [
      'an end by a schedule',
      { trigger: 'schedule', database: 'menotime', scheduledTime: '2026-01-02T06:00:00Z', end: {} },
      /end/,
    ],
  ])('%s', (_what, raw, words) => {
    expect(() => ask(raw)).toThrow(EventRefusedError);
    expect(() => ask(raw)).toThrow(words);
  });
});

test('2,000 malformed events: refused saying what was expected, or of a slot that is a safe name', () => {
  const good = Object.keys(examples).map((name) => example(`db-maintenance.${name}`));
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
