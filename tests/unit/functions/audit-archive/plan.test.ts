import { describe, expect, test } from '@jest/globals';
import type { DatabaseFacts, PolicyFacts, TableFact } from '../../../../functions/audit-archive/facts.ts';
import {
  type ArchiveAction,
  planArchive,
  type TableAction,
} from '../../../../functions/audit-archive/plan.ts';
import { ageFact, databaseFacts, factsOf } from '../../../support/archive-facts.ts';
import { type PolicyInput, policiesOf } from '../../../support/archive-policies.ts';

function plan(
  policies: readonly Partial<PolicyInput>[],
  facts: readonly PolicyFacts[],
  about: Partial<DatabaseFacts> = {},
) {
  return planArchive({ ...databaseFacts, ...about, policies: facts }, policiesOf(...policies)).actions;
}

function planOne(policy: Partial<PolicyInput> = {}, facts: PolicyFacts = factsOf()): TableAction {
  const [action] = plan([policy], [facts]);
  if (!action) throw new Error('No action was planned.');
  return action;
}

function archiving(action: TableAction): ArchiveAction {
  if (action.kind === 'archive rows' || action.kind === 'archive partitions') return action;
  throw new Error(`Nothing is archived: ${action.kind}, ${action.reason}`);
}

test('a table that nothing stands against is archived, month by month up to the cutoff', () => {
  expect(planOne()).toMatchObject({
    kind: 'archive rows',
    target: 'public.audit_log',
    reason: 'older than 365 days',
    cutoff: '2025-01-01T00:00:00.000Z',
    ageType: 'timestamp without time zone',
    key: ['id'],
    slices: [
      { from: '-infinity', to: '2024-11-01 00:00:00' },
      { from: '2024-11-01 00:00:00', to: '2024-12-01 00:00:00' },
      { from: '2024-12-01 00:00:00', to: '2025-01-01 00:00:00' },
    ],
    partitions: [],
    rows: 2_500,
    counted: true,
    daysBehind: 77.5,
    warnings: [],
  });
});

test('the table that is furthest behind comes first, one whose age nobody knows before it, refused ones last', () => {
  const named = (name: string, more: Partial<PolicyFacts>): PolicyFacts => ({
    ...factsOf({ name }, more),
    policy: `public.${name}`,
  });
  const names = ['a', 'b', 'c', 'd', 'e'];
  const actions = plan(
    names.map((name) => ({ table: `public.${name}` })),
    [
      named('a', { age: { ...ageFact, oldest: '2024-12-01 00:00:00' } }),
      named('b', { age: { ...ageFact, oldest: null, newest: null, months: [], rows: 0 } }),
      named('c', { age: { ...ageFact, looked: false } }),
      { ...named('d', {}), table: null },
      named('e', {}),
    ],
  );
  expect(actions.map(({ target, kind }) => [target, kind])).toEqual([
    ['public.c', 'archive rows'],
    ['public.e', 'archive rows'],
    ['public.a', 'archive rows'],
    ['public.b', 'nothing is old enough'],
    ['public.d', 'refuse'],
  ]);
});

test('where looking took too long there is one slice, and the rows are the planner’s', () => {
  const action = archiving(
    planOne({}, factsOf({}, { age: { ...ageFact, looked: false, months: [], counted: false, rows: 9 } })),
  );
  expect(action).toMatchObject({
    slices: [{ from: '-infinity', to: '2025-01-01 00:00:00' }],
    daysBehind: null,
    rows: 9,
  });
});

describe('days behind', () => {
  const behind = (oldest: string, months: readonly string[] = ['2024-12']) =>
    archiving(planOne({}, factsOf({}, { age: { ...ageFact, oldest, months } }))).daysBehind;

  test.each([
    ['2024-12-31 00:00:00', 1],
    ['2024-12-31 12:00:00.000001+00', 0.5],
    ['2024-12-22', 10],
    // The first month that is one.
    ['-infinity', 31],
    ['0044-03-15 00:00:00 BC', 31],
  ])('of %s are %s', (oldest, days) => {
    expect(behind(oldest)).toBe(days);
  });

  test('are a hundred years where no row has a time that can be told', () => {
    expect(behind('-infinity', [])).toBe(36_500);
  });
});

describe('whole partitions', () => {
  const partition = (month: string, next: string) => ({
    schema: 'public',
    name: `audit_log_${month}`,
    isDefault: false,
    bound: `FOR VALUES FROM ('${month}-01 00:00:00') TO ('${next}-01 00:00:00')`,
    detachPending: false,
    estimatedRows: 100,
    sizeBytes: 8_192,
  });
  const rest = { ...partition('x', 'y'), name: 'rest', isDefault: true, bound: 'DEFAULT' };
  const parted: Partial<TableFact> = {
    kind: 'partitioned table',
    partitionKey: 'RANGE ("timestamp")',
    partitions: [
      partition('2024-12', '2025-01'),
      partition('2024-11', '2024-12'),
      partition('2025-01', '2025-02'),
      rest,
    ],
    privileges: { schemaUsage: true, schemaCreate: true, select: true, delete: true, owner: true },
  };
  const whole = { partitions: 'whole' as const };

  test('go where they end at the cutoff or before it, oldest first', () => {
    expect(planOne(whole, factsOf(parted))).toMatchObject({
      kind: 'archive partitions',
      reason: '2 partitions end more than 365 days ago',
      partitions: [
        { schema: 'public', name: 'audit_log_2024-11' },
        { schema: 'public', name: 'audit_log_2024-12' },
      ],
      slices: [],
      rows: 200,
    });
  });

  test('that no run will take while they hold old rows are named, and count as behind', () => {
    const endless = { ...partition('2025-01', 'x'), bound: "FOR VALUES FROM ('2024-10-01') TO (MAXVALUE)" };
    const behind = (partitions: TableFact['partitions'], oldest: string) =>
      planOne(whole, factsOf({ ...parted, partitions }, { age: { ...ageFact, oldest } }));
    const named = (name: string) => ({
      kind: 'nothing is old enough',
      daysBehind: 31,
      warnings: [{ reason: expect.stringContaining(`public."${name}" holds rows that are old enough`) }],
    });
    expect(behind([endless], '2024-12-01 00:00:00')).toMatchObject(named('audit_log_2025-01'));
    expect(behind([{ ...rest, name: 'Rest' }], '2024-12-01 00:00:00')).toMatchObject(named('Rest'));
    // It ends some day, and goes then.
    expect(behind([partition('2024-12', '2025-02'), rest], '2024-12-01 00:00:00')).toMatchObject({
      daysBehind: 0,
      warnings: [],
    });
  });

  test('stay where a hold touches their period', () => {
    const held = {
      ...whole,
      holds: [{ name: 'case 7', from: '2024-11-30T23:59:59Z', to: '2024-12-01T00:00:00Z' }],
    };
    expect(archiving(planOne(held, factsOf(parted))).partitions).toEqual([
      { schema: 'public', name: 'audit_log_2024-12' },
    ]);
    const open = { ...whole, holds: [{ name: 'all since', from: '2024-11-30T00:00:00Z' }] };
    expect(planOne(open, factsOf(parted)).kind).toBe('nothing is old enough');
  });

  test('that an earlier run began come first, also where nothing else is due', () => {
    const begun = [
      { schema: 'public', name: 'audit_log_2024-12' },
      { schema: 'public', name: 'gone_out' },
    ];
    const both = planOne(whole, factsOf(parted, { begun }));
    expect(archiving(both).partitions.map(({ name }) => name)).toEqual([
      'audit_log_2024-12',
      'gone_out',
      'audit_log_2024-11',
    ]);
    expect(both.reason).toBe(
      '2 were detached by an earlier run and not dropped; 1 partition ends more than 365 days ago',
    );
    const alone = planOne(whole, factsOf({ ...parted, partitions: [] }, { begun: begun.slice(1) }));
    expect(alone).toMatchObject({
      kind: 'archive partitions',
      reason: '1 was detached by an earlier run and not dropped',
      partitions: [{ schema: 'public', name: 'gone_out' }],
    });
  });

  test.each([
    ['a table without any', { kind: 'table' as const, partitionKey: null }, /for partitioned tables/],
    ['partitions by something else', { partitionKey: 'LIST (action)' }, /partitioned by LIST/],
    ['partitions by two columns', { partitionKey: 'RANGE ("timestamp", id)' }, /partitioned by RANGE/],
    [
      'a foreign key that points here',
      {
        referencedBy: [
          {
            name: 'fk',
            schema: 'a',
            table: 'b',
            onDelete: 'no action' as const,
            columns: [{ from: 'x', to: 'id' }],
            reaches: [],
          },
        ],
      },
      /does not let a partition go/,
    ],
    [
      'somebody else’s',
      { privileges: { ...parted.privileges, owner: false } as TableFact['privileges'] },
      /does not own it/,
    ],
  ])('are refused of %s', (_what, more, said) => {
    const action = planOne(whole, factsOf({ ...parted, ...more }));
    expect(action.kind).toBe('refuse');
    expect(action.reason).toMatch(said);
  });
});

test('months beyond what an execution has room for are taken together', () => {
  const months = Array.from(
    { length: 1_500 },
    (_, at) => `${1900 + Math.floor(at / 12)}-${String(1 + (at % 12)).padStart(2, '0')}`,
  );
  const { slices } = archiving(planOne({}, factsOf({}, { age: { ...ageFact, months } })));
  expect(slices).toHaveLength(500);
  expect(slices.at(-1)?.to).toBe('2025-01-01 00:00:00');
});

test('a trigger that fires on DELETE and is not refused is warned of, but for one that the policy names', () => {
  const trigger = (name: string, mayKeepRow = false) => ({
    name,
    table: { schema: 'public', name: 'audit_log_2024' },
    function: { schema: 'public', name: 'note' },
    raises: false,
    changes: false,
    unjudged: [],
    mayKeepRow,
  });
  const opaque = { ...trigger('opaque'), unjudged: [{ schema: 'public', name: 'in_a_library' }] };
  const facts = factsOf({
    deleteTriggers: [trigger('notes'), trigger('named'), trigger('keeps', true), opaque],
  });
  const { warnings } = archiving(planOne({ passedTriggers: ['named'] }, facts));
  expect(warnings.map(({ reason }) => reason)).toEqual([
    'the trigger keeps may keep rows from being deleted without a word: such a batch is rolled back',
    'the trigger notes on public.audit_log_2024 fires for what is archived, by public.note()',
    'the trigger opaque on public.audit_log_2024 fires for what is archived, by public.note(); nobody can tell by their text what these do, and whether they delete or change rows: public.in_a_library()',
  ]);
});

test('what is only to be known is warned of, with the statement', () => {
  const columns = factsOf().table?.columns.map((column) => ({ ...column, notNull: false })) ?? [];
  const facts = factsOf(
    { ageIndex: null, columns, key: [], persistence: 'unlogged' },
    { age: { ...ageFact, withoutAge: 7 } },
  );
  const { warnings } = archiving(planOne({}, facts));
  expect(warnings.map(({ reason }) => reason)).toEqual([
    'no index begins with timestamp: each batch reads the whole table',
    'timestamp may be NULL: rows without a time (7 of them) never move',
    'public.audit_log has no primary key: equal rows are told apart by their number alone',
    'it is unlogged: a crash empties it before its rows are archived',
  ]);
  expect(warnings[0]?.remedy).toMatch(/^CREATE INDEX CONCURRENTLY ON "public"\."audit_log" \("timestamp"\);/);
});
