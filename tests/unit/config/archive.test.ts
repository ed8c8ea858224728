import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../../../shared/config/define.ts';
import { ConfigError } from '../../../shared/job/errors.ts';
import { archiveSettings, type PolicyInput, policyInput } from '../../support/archive-policies.ts';
import { stageInput } from '../../support/stage-config.ts';

const withPolicy = (more: object) => archiveSettings([{ ...policyInput, ...more } as PolicyInput]);
const withSettings = (more: object) => archiveSettings([policyInput], more);
const toTable = { to: { kind: 'table' } };

test('what is left out gets its default', () => {
  expect(archiveSettings([policyInput])).toEqual({
    schedule: 'cron(0 4 * * ? *)',
    connections: 2,
    budgetMinutes: 8,
    nightHours: 12,
    missedAfterHours: 30,
    daysBehindAlarm: 7,
    archivePrefix: 'archive/',
    limits: {
      replicaLagSeconds: 60,
      oldestTransactionMinutes: 60,
      waitingSessions: 5,
      lockTimeoutSeconds: 5,
      pauseMinutes: 60,
    },
    policies: [
      {
        ...policyInput,
        to: { kind: 's3', storageClass: 'STANDARD_IA' },
        batchRows: 100_000,
        safetyLagMinutes: 60,
        omit: [],
        hash: [],
        holds: [],
        historyMayShrink: false,
        passedTriggers: [],
        verify: 'contents',
        partitions: 'rows',
      },
    ],
  });
});

test('a validated config is valid again, as it is when the function reads it', () => {
  const settings = archiveSettings([
    { ...policyInput, holds: [{ name: 'case 7', where: 'user_id = 7' }] },
    { ...policyInput, table: '"We""ird"."Table"', to: { kind: 'table' }, historyMayShrink: ['public.mv'] },
  ]);
  expect(archiveSettings(settings.policies, settings)).toEqual(settings);
});

test('every fault of every policy is told at once, each with its place', () => {
  const policies = [
    { ...policyInput, olderThan: '0 days', retention: 1 },
    { ...policyInput, table: 'Public.Audit', to: { kind: 'glacier' } },
    { ...policyInput, table: 'public.b', omit: ['timestamp'], holds: [{ name: 'nothing' }] },
  ];
  const database = { ...stageInput.databases.menotime, auditArchive: { policies, conections: 3 } };
  const said = () =>
    parseConfig({ stages: { test: { ...stageInput, databases: { menotime: database } } } }, 'f');
  expect(said).toThrow(ConfigError);
  for (const place of [
    /auditArchive\.policies\.0\.olderThan: a number of days, at least one/,
    /auditArchive\.policies\.0: Unrecognized key: "retention"/,
    /auditArchive\.policies\.1\.table: schema\.name, each in double quotes/,
    /auditArchive\.policies\.1\.to\.kind: .*'s3' \| 'table'/,
    /auditArchive\.policies\.2\.omit: the age column timestamp must stay/,
    /auditArchive\.policies\.2\.holds\.0: holds nothing/,
    /auditArchive: Unrecognized key: "conections"/,
  ]) {
    expect(said).toThrow(place);
  }
});

describe('a cutoff', () => {
  test.each(['0 days', '-1 days', '365', '365 hours', '1.5 days', '365  days', '100000 days', 'P1Y', ''])(
    'of %p is refused',
    (olderThan) => {
      expect(() => withPolicy({ olderThan })).toThrow(/olderThan: a number of days, at least one/);
    },
  );

  test.each(['1 day', '365 days', '3650 days'])('of %p is taken', (olderThan) => {
    expect(withPolicy({ olderThan }).policies[0]?.olderThan).toBe(olderThan);
  });
});

describe('refuses', () => {
  test('no policies', () => {
    expect(() => archiveSettings([])).toThrow(ConfigError);
  });

  test.each([
    ['no connection', { connections: 0 }],
    ['a slice longer than an invocation', { budgetMinutes: 13 }],
    ['a night longer than a day', { nightHours: 25 }],
    ['more shifts than an execution has operations', { nightHours: 24, budgetMinutes: 1 }],
    ['a prefix outside of archive/', { archivePrefix: 'exports/' }],
    ['a prefix without its slash', { archivePrefix: 'archive/x' }],
    ['a limit of 0', { limits: { replicaLagSeconds: 0 } }],
    ['an unknown limit', { limits: { cpuPercent: 80 } }],
  ])('%s', (_what, more) => {
    expect(() => withSettings(more)).toThrow(ConfigError);
  });

  test.each([
    [
      'a class that cannot be read at once',
      { to: { kind: 's3', storageClass: 'DEEP_ARCHIVE' } },
      /storageClass/,
    ],
    ['a lock without days', { to: { kind: 's3', objectLock: { mode: 'GOVERNANCE' } } }, /objectLock\.days/],
    [
      'a lock of another mode',
      { to: { kind: 's3', objectLock: { mode: 'LEGAL', days: 1 } } },
      /objectLock\.mode/,
    ],
    ['a system table', { table: 'pg_catalog.pg_class' }, /the schema pg_catalog/],
    ['its own ledger', { table: 'nightshift.archive_batches' }, /the schema nightshift/],
    ['an empty batch', { batchRows: 0 }, /batchRows/],
    ['columns left out of a table', { ...toTable, omit: ['a'] }, /omit: goes with "to" of the kind "s3"/],
    ['a column both left out and hashed', { omit: ['a'], hash: ['a'] }, /hash: a cannot be left out/],
    [
      'a roll-up to nowhere',
      { rollUp: { by: 'day', groupBy: ['a'], measures: ['b'] } },
      /rollUp\.into: names the table/,
    ],
    [
      'a roll-up to two places',
      { ...toTable, rollUp: { by: 'day', groupBy: ['a'], measures: ['b'], into: 'a.b' } },
      /rollUp\.into: the days go into the archive table/,
    ],
    [
      'a group of its own age',
      { ...toTable, rollUp: { by: 'day', groupBy: ['timestamp'], measures: ['b'] } },
      /groupBy/,
    ],
    [
      'a column twice',
      { ...toTable, rollUp: { by: 'day', groupBy: ['a'], measures: ['a'] } },
      /a is named more than once/,
    ],
    [
      'whole partitions to a table',
      { ...toTable, partitions: 'whole' },
      /"whole" goes with "to" of the kind "s3"/,
    ],
    [
      'whole partitions, held by a predicate',
      { partitions: 'whole', holds: [{ name: 'x', where: 'true' }] },
      /"whole" goes with holds by period/,
    ],
    [
      'whole partitions without what is referenced',
      { partitions: 'whole', onReferenced: 'keep' },
      /onReferenced/,
    ],
    [
      'a hold that ends before it begins',
      { holds: [{ name: 'x', from: '2024-02-01T00:00:00Z', to: '2024-01-01T00:00:00Z' }] },
      /must be after/,
    ],
    ['a hold by a date without its time', { holds: [{ name: 'x', from: '2024-02-01' }] }, /holds\.0\.from/],
  ])('%s', (_what, more, said) => {
    expect(() => withPolicy(more)).toThrow(said);
  });

  test.each([
    'a) or (b',
    '(a',
    'a; drop table x',
    'a -- b',
    'a /* b */',
    "a = 'b",
    '$$x$$ = b',
    "a = E'\\''",
  ])('the predicate %p, which could leave its parentheses', (where) => {
    expect(() => withPolicy({ holds: [{ name: 'x', where }] })).toThrow(/one SQL expression/);
  });

  test.each([
    "a = ')'",
    `"odd )" = 1 AND (b OR c)`,
    "note LIKE '%--%; it''s'",
    'user_id = ANY (ARRAY[1, 2])',
  ])('not the predicate %p', (where) => {
    expect(() => withPolicy({ holds: [{ name: 'x', where }] })).not.toThrow();
  });
});

test('a table has one policy, and an archive table one source', () => {
  const both =
    (...policies: object[]) =>
    () =>
      archiveSettings(policies.map((policy) => ({ ...policyInput, ...policy })));
  expect(both({}, { table: '"public"."audit_log"' })).toThrow(/public\.audit_log has a policy already/);
  const other = { table: 'public.other', to: { kind: 'table', table: 'public.audit_log_archive' } };
  expect(both(toTable, other)).toThrow(/another policy’s archive table/);
  expect(both(toTable, { table: 'public.audit_log_archive' })).toThrow(/is archived itself/);
  expect(both({ ...toTable, table: `public.${'x'.repeat(60)}` })).toThrow(/longer than a name may be/);
  expect(both(toTable, { table: 'public.other' })).not.toThrow();
});
