import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { interpretEvent, parseEvent } from '../../../../functions/audit-archive/event.ts';
import { EventRefusedError } from '../../../../shared/job/errors.ts';
import { archiveStage, policyInput } from '../../../support/archive-policies.ts';

const folder = new URL('../../../../events/', import.meta.url);
const example = (name: string) =>
  JSON.parse(readFileSync(new URL(`audit-archive.${name}.json`, folder), 'utf8'));
const config = archiveStage({
  policies: [policyInput, { ...policyInput, table: 'oddities."Order Line"', to: { kind: 'table' } }],
});
const now = new Date('2026-03-04T23:59:59.999Z');
const ask = (raw: unknown) => interpretEvent(parseEvent(raw), config, now);
const namesOf = (raw: unknown) => ask(raw).policies.map(({ name }) => name);

describe('each example event starts a run', () => {
  test.each([
    ['schedule', { slot: '2026-01-02', trigger: 'by its schedule', labelled: false, dryRun: false }],
    ['by-hand', { slot: '2026-03-04', trigger: 'by hand', labelled: false, dryRun: false }],
    ['by-hand-dry-run', { slot: '2026-03-04', trigger: 'by hand', labelled: false, dryRun: true }],
    ['by-hand-tables', { slot: 'audit-log-only', trigger: 'by hand', labelled: true, dryRun: false }],
  ])('%s', (name, wanted) => {
    expect(ask(example(name))).toMatchObject({ database: 'menotime', instance: 'menotime-prod', ...wanted });
  });

  test('and none is left untried', () => {
    expect(readdirSync(folder).filter((name) => name.startsWith('audit-archive.'))).toHaveLength(4);
  });
});

test('without tables every policy is meant, in the order of the config', () => {
  expect(namesOf({ database: 'menotime' })).toEqual(['public.audit_log', 'oddities."Order Line"']);
});

test('tables are chosen however they are written, and each once', () => {
  const tables = ['"oddities"."Order Line"', 'oddities."Order Line"'];
  expect(namesOf({ database: 'menotime', label: 'x', tables })).toEqual(['oddities."Order Line"']);
});

test('a policy comes with its names taken apart', () => {
  const [audit, line] = ask({ database: 'menotime' }).policies;
  expect(audit).toMatchObject({
    source: { schema: 'public', name: 'audit_log' },
    olderThanDays: 365,
    archiveTable: null,
  });
  expect(line?.archiveTable).toEqual({ schema: 'oddities', name: 'Order Line_archive' });
});

describe('is refused, with what would do:', () => {
  test.each([
    [
      'an unknown database',
      { database: 'other' },
      /no "auditArchive" for a database "other".*It has one for: menotime/,
    ],
    ['a name of every object', { database: 'constructor' }, /It has one for: menotime/],
    [
      'a table without a policy',
      { database: 'menotime', tables: ['public.patients'] },
      /no archive policy for: "public\.patients"/,
    ],
    [
      'a table that is none',
      { database: 'menotime', tables: ['x'] },
      /It has one for: public\.audit_log, oddities/,
    ],
    [
      'some tables without a label',
      { database: 'menotime', tables: ['public.audit_log'] },
      /needs a "label"/,
    ],
    ['a label like a date', { database: 'menotime', label: '2026-01-02' }, /must not look like a date/],
    ['no table', { database: 'menotime', label: 'x', tables: [] }, /tables/],
    ['an unknown key', { database: 'menotime', table: 'x' }, /Unrecognized key: "table"/],
    ['an event of RDS', { source: 'aws.rds', detail: {} }, /audit-archive starts from one of/],
    ['a schedule without its time', { trigger: 'schedule', database: 'menotime' }, /scheduledTime/],
  ])('%s', (_what, raw, said) => {
    expect(() => ask(raw)).toThrow(EventRefusedError);
    expect(() => ask(raw)).toThrow(said);
  });
});

test('a dry run of some tables needs no label: it takes nobody’s place', () => {
  expect(namesOf({ database: 'menotime', tables: ['public.audit_log'], dryRun: true })).toEqual([
    'public.audit_log',
  ]);
});
