import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { interpretEvent, parseEvent } from '../../../../functions/snapshot-export/event.ts';
import { EventRefusedError } from '../../../../shared/job/errors.ts';
import { stageConfig, stageInput } from '../../../support/stage-config.ts';

const folder = new URL('../../../../events/', import.meta.url);
const example = (name: string) =>
  JSON.parse(readFileSync(new URL(`snapshot-export.${name}.json`, folder), 'utf8'));
const config = stageConfig();
const now = new Date('2026-03-04T23:59:59.999Z');
const ask = (raw: unknown, stage = config) => interpretEvent(parseEvent(raw), stage, now);
const byHand = (more: object = {}) => ask({ database: 'menotime', ...more });

const nightly = {
  database: 'menotime',
  instance: 'menotime-prod',
  labelled: false,
  skipExport: false,
  dryRun: false,
  tables: undefined,
  announcedSnapshot: undefined,
};

describe('each example event starts a run', () => {
  test.each([
    ['schedule', { slot: '2026-01-02', trigger: 'by its schedule' }],
    ['by-hand', { slot: '2026-03-04', trigger: 'by hand' }],
    ['by-hand-labelled', { slot: 'pre-v1.2.3', trigger: 'by hand', labelled: true }],
    [
      'by-hand-tables',
      {
        slot: 'patients-only',
        trigger: 'by hand',
        labelled: true,
        tables: ['public.patients', 'public.appointments'],
      },
    ],
    ['by-hand-no-export', { slot: 'before-the-move', trigger: 'by hand', labelled: true, skipExport: true }],
    ['by-hand-dry-run', { slot: '2026-03-04', trigger: 'by hand', dryRun: true }],
    [
      'rds-event-0091',
      {
        slot: '2026-01-02',
        trigger: 'by RDS-EVENT-0091',
        announcedSnapshot: 'rds:menotime-prod-2026-01-02-03-36',
      },
    ],
  ])('%s', (name, wanted) => {
    expect(ask(example(name))).toMatchObject({ ...nightly, ...wanted });
  });

  test('and none is left untried', () => {
    const names = readdirSync(folder).filter((name) => name.startsWith('snapshot-export.'));
    expect(names).toHaveLength(7);
  });
});

describe('the event RDS-EVENT-0091', () => {
  const announced = example('rds-event-0091');
  const withDetail = (more: object) => ({ ...announced, detail: { ...announced.detail, ...more } });

  test('is known by its words where it is old and has no id', () => {
    const { EventID: _, ...detail } = announced.detail;
    expect(ask({ ...announced, detail }).slot).toBe('2026-01-02');
  });

  test('may carry fields that nobody knows yet', () => {
    expect(ask({ ...withDetail({ Tags: { a: 'b' } }), more: [1] }).database).toBe('menotime');
  });

  test.each([
    ['another id', withDetail({ EventID: 'RDS-EVENT-0090' })],
    ['other words', withDetail({ Message: 'Creating automated snapshot' })],
    ['a manual snapshot', withDetail({ SourceIdentifier: 'menotime-prod-2026-01-02-03-36' })],
    ['no time in the name', withDetail({ SourceIdentifier: 'rds:menotime-prod' })],
    ['another kind of event', { ...announced, 'detail-type': 'RDS DB Instance Event' }],
    ['another source', { ...announced, source: 'aws.ec2' }],
    ['a detail that is text', { ...announced, detail: '{}' }],
  ])('is refused with %s', (_what, raw) => {
    expect(() => ask(raw)).toThrow(EventRefusedError);
  });

  test('of an instance that the config does not name is refused, naming it', () => {
    const raw = withDetail({ SourceIdentifier: 'rds:other-prod-2026-01-02-03-36' });
    expect(() => ask(raw)).toThrow(/of the instance other-prod, which the config does not name/);
  });

  test('finds the database that is exported where another one of the instance is not', () => {
    const { snapshotExport: _, ...silent } = stageInput.databases.menotime;
    const both = stageConfig({ menotime: silent, ledger: stageInput.databases.menotime });
    expect(ask(announced, both).database).toBe('ledger');
  });

  test('finds the database that adopts automated snapshots where another one of the instance does not', () => {
    const { menotime } = stageInput.databases;
    const never = { ...menotime, snapshotExport: { adoptAutomatedHours: 0 } };
    expect(ask(announced, stageConfig({ menotime: never, ledger: menotime })).database).toBe('ledger');
    expect(ask(announced, stageConfig({ menotime: never })).database).toBe('menotime');
  });
});

describe('the slot of a scheduled run is the UTC date of its time', () => {
  test.each([
    ['2026-01-02T00:00:00Z', '2026-01-02'],
    ['2026-01-01T23:59:59.999Z', '2026-01-01'],
    ['2026-01-02T01:30:00+02:00', '2026-01-01'],
    ['2026-01-01T20:00:00-08:00', '2026-01-02'],
    ['2025-12-31T23:59:59-00:01', '2026-01-01'],
    ['2024-02-29T12:00:00+14:00', '2024-02-28'],
    ['2026-01-02T03:30:00.123456789Z', '2026-01-02'],
  ])('%s -> %s', (scheduledTime, slot) => {
    expect(ask({ trigger: 'schedule', database: 'menotime', scheduledTime }).slot).toBe(slot);
  });

  test.each([
    '2026-01-02',
    '2026-01-02 03:30:00Z',
    '2026-01-02T03:30:00',
    '2026-01-02T03:30Z',
    '2026-02-30T03:30:00Z',
    '2026-01-02T24:00:00Z',
    '0000-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-12:00',
    '<aws.scheduler.scheduled-time>',
    '',
    1_767_324_600_000,
  ])('%p is refused', (scheduledTime) => {
    expect(() => ask({ trigger: 'schedule', database: 'menotime', scheduledTime })).toThrow(
      EventRefusedError,
    );
  });
});

describe('the database', () => {
  test.each([
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    '',
    ' menotime',
    'MENOTIME',
    '../menotime',
  ])('%p is refused, and those that exist are named', (database) => {
    expect(() => ask({ database })).toThrow(
      `for a database ${JSON.stringify(database)}. It has one for: menotime.`,
    );
  });

  test('without snapshotExport is refused as well', () => {
    const { snapshotExport: _, ...silent } = stageInput.databases.menotime;
    const stage = stageConfig({ silent: { ...silent, instance: 'silent' } });
    expect(() => ask({ database: 'silent' }, stage)).toThrow(
      'has no "snapshotExport" for a database "silent"',
    );
  });

  test('brings its chosen tables along, and a label’s own take their place', () => {
    const chosen = stageConfig({
      menotime: { ...stageInput.databases.menotime, snapshotExport: { tables: ['public.users'] } },
    });
    expect(ask({ database: 'menotime' }, chosen).tables).toEqual(['public.users']);
    expect(ask({ database: 'menotime', label: 'x', tables: ['a.b'] }, chosen).tables).toEqual(['a.b']);
  });

  test('and what the event itself asked for is kept apart from what the config says', () => {
    const chosen = stageConfig({
      menotime: { ...stageInput.databases.menotime, snapshotExport: { tables: ['public.users'] } },
    });
    const asked = (more: object) => ask({ database: 'menotime', label: 'x', ...more }, chosen).asked;
    expect(asked({})).toEqual({ tables: null, skipExport: false });
    expect(asked({ tables: ['a.b'] })).toEqual({ tables: ['a.b'], skipExport: false });
    expect(asked({ skipExport: true })).toEqual({ tables: null, skipExport: true });
  });
});

describe('a label', () => {
  test.each(['a', '1', 'pre-v1.2.3', 'A_b-c.d', '2026-01-02-again', '2026-01', 'x'.repeat(63), '1..2'])(
    '%p becomes the slot',
    (label) => {
      expect(byHand({ label })).toMatchObject({ slot: label, labelled: true });
    },
  );

  test.each([
    '',
    '2026-01-02',
    '9999-99-99',
    '.',
    '..',
    '-a',
    '_a',
    'a/b',
    '../a',
    'a\\b',
    'a b',
    'a\n',
    'a\u0000',
    'ä',
    'x'.repeat(64),
    'a%2fb',
    'a#b',
    // The key of this label's record would be that of a failure of the night.
    '2026-01-02.failed-2026-01-02T033000000Z',
  ])('%p is refused', (label) => {
    expect(() => byHand({ label })).toThrow(/^The label .* cannot be used: a label /s);
  });
});

describe('tables', () => {
  test.each(['patients', 'a.b.c', '"a"."b"', 'a.b;--', 'a.b c', '.b', 'a.', 'a..b', '*.*', 'ä.b', ''])(
    '%p is refused',
    (table) => {
      expect(() => byHand({ label: 'x', tables: ['public.users', table] })).toThrow(
        /^"tables" names what the service cannot choose: /,
      );
    },
  );

  test.each([{ tables: ['public.users'] }, { skipExport: true }])(
    'a part of the night needs a label: %j',
    (part) => {
      expect(() => byHand(part)).toThrow(/needs a "label"/);
    },
  );

  test('must be some', () => {
    expect(() => byHand({ label: 'x', tables: [] })).toThrow(EventRefusedError);
  });
});
