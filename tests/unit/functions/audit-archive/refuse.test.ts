import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PolicyFacts, TableFact } from '../../../../functions/audit-archive/facts.ts';
import { planArchive } from '../../../../functions/audit-archive/plan.ts';
import { refusalsOf } from '../../../../functions/audit-archive/refuse.ts';
import { databaseFacts, factsOf, tableFact } from '../../../support/archive-facts.ts';
import { type PolicyInput, policiesOf } from '../../../support/archive-policies.ts';

const table = { schema: 'public', name: 'audit_log' };
const trigger = {
  name: 'guard',
  table,
  function: { schema: 'public', name: 'refuse' },
  raises: true,
  changes: false,
  unjudged: [],
  mayKeepRow: false,
};
const reference = (onDelete: TableFact['referencedBy'][number]['onDelete']) => ({
  name: 'fk',
  schema: 'public',
  table: 'child',
  onDelete,
  columns: [{ from: 'log_id', to: 'id' }],
  reaches: [{ schema: 'public', name: 'child' }],
});
const reaching = (...names: readonly string[]) => ({
  ...reference('cascade'),
  reaches: names.map((name) => ({ schema: 'public', name })),
});
const archive = {
  schema: 'public',
  name: 'audit_log_archive',
  kind: 'partitioned table' as const,
  columns: tableFact.columns,
  partitionKey: 'RANGE ("timestamp")',
  owner: true,
  insert: true,
  select: true,
  unsafe: [],
  writeHooks: [],
};
const writeHook = (event: 'INSERT' | 'UPDATE', is: 'trigger' | 'rule' = 'trigger') => ({
  is,
  name: 'scrub',
  event,
  table: { schema: 'public', name: 'Month' },
});
const hooked = (...writeHooks: readonly ReturnType<typeof writeHook>[]) =>
  factsOf({}, { archiveSchemaCreate: true, archiveTable: { ...archive, writeHooks } });
const toTable = { to: { kind: 'table' as const } };
const rollUp = { by: 'day' as const, groupBy: ['action'], measures: ['amount'] };

interface Case {
  readonly what: string;
  readonly policy?: Partial<PolicyInput>;
  readonly facts: PolicyFacts;
  readonly reason: RegExp;
  readonly remedy: RegExp;
}

/** What must be refused, each with the reason and what mends it. */
const cases: readonly Case[] = [
  {
    what: 'no table',
    facts: { ...factsOf(), table: null },
    reason: /there is no table public\.audit_log/,
    remedy: /quotes/,
  },
  {
    what: 'a view',
    facts: factsOf({ kind: 'view' }),
    reason: /no table, but a view/,
    remedy: /Name the table/,
  },
  {
    what: 'a foreign table',
    facts: factsOf({ kind: 'foreign table' }),
    reason: /a foreign table/,
    remedy: /Name/,
  },
  {
    what: 'a partition that is a foreign table',
    facts: factsOf({
      kind: 'partitioned table',
      unfitPartitions: [{ schema: 'public', name: 'Far away', kind: 'foreign table' }],
    }),
    reason: /^its partition public\."Far away" is a foreign table: what lies there is not of this database$/,
    remedy: /^ALTER TABLE … DETACH PARTITION "public"\."Far away";/,
  },
  {
    what: 'children by inheritance',
    facts: factsOf({ children: [{ schema: 'public', name: 'Daughter' }] }),
    reason: /public\."Daughter" inherit from it/,
    remedy: /NO INHERIT/,
  },
  {
    what: 'no age column',
    policy: { ageColumn: 'created' },
    facts: factsOf(),
    reason: /no column created/,
    remedy: /Its columns: id, timestamp, action/,
  },
  {
    what: 'an age that is text',
    policy: { ageColumn: 'action' },
    facts: factsOf(),
    reason: /of type character varying/,
    remedy: /timestamp or a date/,
  },
  {
    what: 'a column to leave out that is not there',
    policy: { omit: ['x'] },
    facts: factsOf(),
    reason: /no column x/,
    remedy: /Its columns/,
  },
  {
    what: 'a measure that is no number',
    policy: { ...toTable, rollUp: { ...rollUp, groupBy: ['id'], measures: ['action'] } },
    facts: factsOf({}, { archiveSchemaCreate: true }),
    reason: /cannot be summed up/,
    remedy: /groupBy/,
  },
  {
    what: 'a trigger that raises',
    facts: factsOf({ deleteTriggers: [trigger] }),
    reason: /^append-only: the trigger guard on public\.audit_log raises on DELETE, by public\.refuse\(\)$/,
    remedy: /leave the policy out/,
  },
  {
    what: 'a trigger that changes other rows',
    facts: factsOf({ deleteTriggers: [{ ...trigger, raises: false, changes: true }] }),
    reason:
      /^the trigger guard on public\.audit_log may delete or change other rows on DELETE, by public\.refuse\(\)$/,
    remedy: /neither held nor archived.*"passedTriggers"/,
  },
  {
    what: 'a rule instead of DELETE',
    facts: factsOf({ deleteRules: [{ name: 'nothing', table, instead: true }] }),
    reason: /instead of a DELETE/,
    remedy: /leave the policy out/,
  },
  {
    what: 'a rule beside DELETE',
    facts: factsOf({ deleteRules: [{ name: 'also', table, instead: false }] }),
    reason: /^the rule also on public\.audit_log does more than to DELETE$/,
    remedy: /neither held nor archived.*"passedTriggers"/,
  },
  {
    what: 'a rule beside DELETE of a table that moves to another, whatever the policy says',
    policy: { ...toTable, passedTriggers: ['also'] },
    facts: factsOf(
      { deleteRules: [{ name: 'also', table, instead: false }] },
      { archiveSchemaCreate: true, archiveTable: archive },
    ),
    reason: /^the rule also on/,
    remedy: /^DROP RULE "also" ON "public"\."audit_log";/,
  },
  {
    what: 'a foreign key that would break',
    facts: factsOf({ referencedBy: [reference('no action')] }),
    reason: /the foreign key fk of public\.child points here, and a DELETE would break it/,
    remedy: /"keep"/,
  },
  {
    what: 'a foreign key that cascades',
    facts: factsOf({ referencedBy: [reference('cascade')] }),
    reason: /would delete rows there/,
    remedy: /"cascade"/,
  },
  {
    what: 'a foreign key that empties',
    facts: factsOf({ referencedBy: [reference('set null')] }),
    reason: /would empty columns there/,
    remedy: /"keep"/,
  },
  {
    what: 'a foreign key that would break all the same',
    policy: { onReferenced: 'cascade' },
    facts: factsOf({ referencedBy: [reference('restrict')] }),
    reason: /would break it/,
    remedy: /"keep"/,
  },
  {
    what: 'a foreign key of the table itself, or one that comes back to it, that cascades',
    policy: { onReferenced: 'cascade' },
    facts: factsOf({ referencedBy: [reaching('child', 'audit_log')] }),
    reason: /the foreign key fk of public\.child would take along rows of public\.audit_log, young or held/,
    remedy: /"keep"/,
  },
  {
    what: 'history that would shrink',
    facts: factsOf({ shrinkingViews: ['public.mv_a'] }),
    reason: /public\.mv_a would lose the archived period/,
    remedy: /v_audit_log_all/,
  },
  {
    what: 'history that the policy does not name',
    policy: { historyMayShrink: ['public.mv_a'] },
    facts: factsOf({ shrinkingViews: ['public.mv_a', 'public.mv_b'] }),
    reason: /^the materialized view public\.mv_b/,
    remedy: /historyMayShrink/,
  },
  {
    what: 'no DELETE',
    facts: factsOf({ privileges: { ...tableFact.privileges, delete: false } }),
    reason: /the role nightshift lacks DELETE/,
    remedy: /^GRANT DELETE ON "public"\."audit_log" TO "nightshift";$/,
  },
  {
    what: 'no privilege at all',
    facts: factsOf({ privileges: { ...tableFact.privileges, select: false, delete: false } }),
    reason: /lacks SELECT, DELETE/,
    remedy: /^GRANT SELECT, DELETE ON/,
  },
  {
    what: 'a closed schema',
    facts: factsOf({ privileges: { ...tableFact.privileges, schemaUsage: false } }),
    reason: /may not use the schema/,
    remedy: /^GRANT USAGE ON SCHEMA "public" TO "nightshift";$/,
  },
  {
    what: 'hidden rows',
    facts: factsOf({ hidesRows: true }),
    reason: /row-level security/,
    remedy: /^ALTER ROLE "nightshift" BYPASSRLS;$/,
  },
  {
    what: 'a hold that cannot be applied',
    facts: factsOf({}, { holdFaults: { 'case 7': 'column "x" does not exist' } }),
    reason: /the hold "case 7" cannot be applied: column "x" does not exist/,
    remedy: /nothing of the table moves/,
  },
  {
    what: 'a partition that was taken out and never archived',
    facts: factsOf({}, { begun: [{ schema: 'public', name: 'log_2024_01' }] }),
    reason: /^public\.log_2024_01 was taken out of it/,
    remedy: /"whole" until it is gone, or give it back/,
  },
  {
    what: 'a mark that somebody has changed',
    policy: { partitions: 'whole' },
    facts: factsOf(
      { kind: 'partitioned table', partitionKey: 'RANGE ("timestamp")' },
      { begunFault: 'The comment of a table has been changed' },
    ),
    reason: /^The comment of a table has been changed$/,
    remedy: /^null$/,
  },
  {
    what: 'an archive table in no schema',
    policy: toTable,
    facts: factsOf(),
    reason: /the schema of its archive table public\.audit_log_archive does not exist/,
    remedy: /^CREATE SCHEMA "public"/,
  },
  {
    what: 'an archive table that cannot be made',
    policy: toTable,
    facts: factsOf({}, { archiveSchemaCreate: false }),
    reason: /may not make the archive's tables and view in the schema public/,
    remedy: /^GRANT USAGE, CREATE ON SCHEMA "public"/,
  },
  {
    what: 'somebody else’s archive table that lacks a column',
    policy: toTable,
    facts: factsOf(
      {},
      {
        archiveSchemaCreate: true,
        archiveTable: { ...archive, kind: 'table', owner: false, columns: tableFact.columns.slice(1) },
      },
    ),
    reason: /cannot take the rows as they are: it has no column id/,
    remedy: /^ALTER TABLE "public"\."audit_log_archive" ADD COLUMN "id" integer;$/,
  },
  {
    what: 'somebody else’s archive table',
    policy: toTable,
    facts: factsOf({}, { archiveSchemaCreate: true, archiveTable: { ...archive, owner: false } }),
    reason: /does not own the archive table/,
    remedy: /^ALTER TABLE "public"\."audit_log_archive" OWNER TO "nightshift";$/,
  },
  {
    what: 'an archive table that may not be written',
    policy: toTable,
    facts: factsOf(
      {},
      { archiveSchemaCreate: true, archiveTable: { ...archive, kind: 'table', insert: false } },
    ),
    reason: /cannot write the archive table/,
    remedy: /^GRANT SELECT, INSERT, UPDATE ON/,
  },
  {
    what: 'an archive table that a crash empties',
    policy: toTable,
    facts: factsOf(
      {},
      {
        archiveSchemaCreate: true,
        archiveTable: { ...archive, unsafe: [{ schema: 'public', name: 'Month', is: 'unlogged' }] },
      },
    ),
    reason:
      /^public\."Month", of the archive table public\.audit_log_archive, is unlogged: a crash empties it$/,
    remedy: /^ALTER TABLE "public"\."Month" SET LOGGED;$/,
  },
  {
    what: 'an archive table that ends with its session',
    policy: toTable,
    facts: factsOf(
      {},
      {
        archiveSchemaCreate: true,
        archiveTable: { ...archive, unsafe: [{ schema: 'pg_temp_3', name: 't', is: 'temporary' }] },
      },
    ),
    reason: /is temporary: it ends with its session/,
    remedy: /Name another/,
  },
  {
    what: 'an archive table of another server',
    policy: toTable,
    facts: factsOf(
      {},
      {
        archiveSchemaCreate: true,
        archiveTable: { ...archive, unsafe: [{ schema: 'public', name: 't', is: 'foreign' }] },
      },
    ),
    reason: /is foreign: what is written there is not of this transaction/,
    remedy: /Detach it/,
  },
  {
    what: 'an archive table with a trigger',
    policy: toTable,
    facts: hooked(writeHook('INSERT'), writeHook('UPDATE')),
    reason:
      /^the trigger scrub on public\."Month" stands between the rows and the archive table public\.audit_log_archive: it fires on INSERT, and may change or drop them$/,
    remedy: /^Drop it, or where it leaves the rows as they are, name it in "passedTriggers"\.$/,
  },
  {
    what: 'an archive table with a rule',
    policy: toTable,
    facts: hooked(writeHook('INSERT', 'rule')),
    reason: /^the rule scrub on/,
    remedy: /passedTriggers/,
  },
  {
    what: 'an archive table of days with a trigger on what adds to a day',
    policy: { ...toTable, rollUp },
    facts: hooked(writeHook('UPDATE')),
    reason: /fires on UPDATE/,
    remedy: /passedTriggers/,
  },
  {
    what: 'an archive table that is a view',
    policy: toTable,
    facts: factsOf({}, { archiveSchemaCreate: true, archiveTable: { ...archive, kind: 'view' } }),
    reason: /is a view/,
    remedy: /another/,
  },
];

const refusals = ({ policy = {}, facts }: Pick<Case, 'policy' | 'facts'>) => {
  const policies = policiesOf(policy);
  const [one] = policies;
  return one ? refusalsOf(one, facts, databaseFacts, policies) : [];
};

test.each(cases.map((one) => [one.what, one] as const))('%s is refused, with what mends it', (_what, one) => {
  const [found, ...others] = refusals(one);
  expect(others).toEqual([]);
  expect(found?.reason).toMatch(one.reason);
  expect(String(found?.remedy)).toMatch(one.remedy);
});

test('what the policy allows in so many words is not refused', () => {
  const allowed: [Partial<PolicyInput>, Partial<TableFact>][] = [
    [{}, {}],
    [{ onReferenced: 'keep' }, { referencedBy: [reference('no action'), reference('cascade')] }],
    [{ onReferenced: 'cascade' }, { referencedBy: [reference('cascade'), reference('set null')] }],
    [{ historyMayShrink: true }, { shrinkingViews: ['public.mv_a'] }],
    [{ historyMayShrink: ['"public"."mv_a"'] }, { shrinkingViews: ['public.mv_a'] }],
    [{ passedTriggers: ['guard'] }, { deleteTriggers: [{ ...trigger, changes: true }] }],
    [{}, { deleteTriggers: [{ ...trigger, raises: false }] }],
    [{ passedTriggers: ['also'] }, { deleteRules: [{ name: 'also', table, instead: false }] }],
    [{}, { kind: 'partitioned table' }],
    [{}, { kind: 'partition', ancestors: [{ schema: 'public', name: 'all_logs' }] }],
  ];
  for (const [policy, changes] of allowed) expect(refusals({ policy, facts: factsOf(changes) })).toEqual([]);
  expect(
    refusals({ policy: { ...toTable, passedTriggers: ['scrub'] }, facts: hooked(writeHook('INSERT')) }),
  ).toEqual([]);
  const days = { ...archive, columns: [] };
  const rolled = { ...toTable, rollUp };
  expect(
    refusals({ policy: rolled, facts: factsOf({}, { archiveSchemaCreate: true, archiveTable: days }) }),
  ).toEqual([]);
});

test('a partition is refused where the whole table has a policy too', () => {
  const policies = policiesOf({ table: 'public.all_logs' }, { table: 'public.audit_log' });
  const [, partition] = policies;
  const facts = factsOf({ kind: 'partition', ancestors: [{ schema: 'public', name: 'all_logs' }] });
  const found = partition ? refusalsOf(partition, facts, databaseFacts, policies) : [];
  expect(found.map(({ reason }) => reason)).toEqual([
    'it is a partition of public.all_logs, which has a policy too',
  ]);
});

test('a cascade into a table with a policy of its own is refused, into any other it is not', () => {
  const policies = policiesOf({ onReferenced: 'cascade' }, { table: 'public.child' }, { table: 'public.c' });
  const [policy] = policies;
  const said = (...names: readonly string[]) =>
    policy
      ? refusalsOf(policy, factsOf({ referencedBy: [reaching(...names)] }), databaseFacts, policies)
      : [];
  expect(said('b', 'child', 'c').map(({ reason }) => reason)).toEqual([
    'the foreign key fk of public.child would take along rows of public.child, public.c, young or held, and archive none of them',
  ]);
  expect(said('b')).toEqual([]);
});

test('every reason is told, not the first alone', () => {
  const facts = factsOf({
    deleteTriggers: [trigger],
    hidesRows: true,
    privileges: { ...tableFact.privileges, delete: false },
  });
  expect(refusals({ facts })).toHaveLength(3);
});

test('of an append-only table nobody is told how to let its rows be deleted', () => {
  const kept = [{ deleteTriggers: [trigger] }, { deleteRules: [{ name: 'nothing', table, instead: true }] }];
  const privileges = { ...tableFact.privileges, select: false, delete: false };
  for (const changes of kept) {
    const said = refusals({ facts: factsOf({ ...changes, privileges }) });
    expect(said.map(({ reason }) => reason)).toContain('the role nightshift lacks SELECT, DELETE');
    expect(said.map(({ remedy }) => remedy).join()).not.toContain('GRANT');
    const whole = { kind: 'partitioned table' as const, partitionKey: 'RANGE ("timestamp")' };
    const parted = refusals({ policy: { partitions: 'whole' }, facts: factsOf({ ...changes, ...whole }) });
    expect(parted.map(({ reason }) => reason).join()).toContain('does not own it');
    expect(parted.map(({ remedy }) => remedy).join()).not.toContain('OWNER TO');
  }
  const passed = refusals({
    policy: { passedTriggers: ['guard'] },
    facts: factsOf({ deleteTriggers: [trigger], privileges }),
  });
  expect(passed.map(({ remedy }) => remedy)).toEqual([expect.stringMatching(/^GRANT SELECT, DELETE ON/)]);
});

test('a server or a ledger that cannot be written has every table refused', () => {
  const [policy] = policiesOf({});
  const said = (about: object) =>
    policy
      ? refusalsOf(policy, factsOf(), { ...databaseFacts, ...about }, [policy]).map(({ reason }) => reason)
      : [];
  expect(said({ readOnly: true })).toEqual([expect.stringContaining('read-only')]);
  expect(said({ ledger: { exists: false, usage: false, select: false, insert: false } })).toEqual([
    'the ledger in schema nightshift is missing',
  ]);
  expect(said({ ledger: { exists: true, usage: true, select: true, insert: false } })).toEqual([
    'the role nightshift cannot write the ledger',
  ]);
});

test('holds take a temporary table: a role that may not make one is told the GRANT, where there are holds', () => {
  const [policy] = policiesOf({});
  const said = (holds: readonly string[]) =>
    policy
      ? refusalsOf(policy, factsOf({}, { holds }), { ...databaseFacts, temporary: false }, [policy])
      : [];
  expect(said([])).toEqual([]);
  expect(said(['id = 7'])).toEqual([
    {
      reason: expect.stringMatching(
        /^the role nightshift may not make temporary tables in the database menotime/,
      ),
      remedy: 'GRANT TEMPORARY ON DATABASE "menotime" TO "nightshift";',
    },
  ]);
});

test('names that would leave their quotes stay inside of them in every statement', () => {
  const hostile = { schema: 'a"b', name: 'x"; DROP TABLE y; --' };
  const policy = { table: '"a""b"."x""; DROP TABLE y; --"' };
  const facts = factsOf({ ...hostile, privileges: { ...tableFact.privileges, delete: false } });
  expect(refusals({ policy, facts })[0]?.remedy).toBe(
    'GRANT DELETE ON "a""b"."x""; DROP TABLE y; --" TO "nightshift";',
  );
});

test('whatever is wrong with any of the tables, no plan ever touches one that must be refused, and the others are done', () => {
  const choice = fc.option(fc.constantFrom(...cases), { nil: undefined });
  fc.assert(
    fc.property(fc.array(choice, { minLength: 1, maxLength: 6 }), (chosen) => {
      const inputs = chosen.map((one, at) => ({ ...one?.policy, table: `public.t${at}` }));
      const facts = chosen.map((one, at) => ({ ...(one?.facts ?? factsOf()), policy: `public.t${at}` }));
      const { actions } = planArchive({ ...databaseFacts, policies: facts }, policiesOf(...inputs));
      expect(actions).toHaveLength(chosen.length);
      const refused = actions.filter(({ kind }) => kind === 'refuse').map(({ target }) => target);
      const wrong = chosen.flatMap((one, at) => (one ? [`public.t${at}`] : []));
      expect(refused.sort()).toEqual(wrong.sort());
    }),
  );
});

test('a policy of which nothing is known is refused', () => {
  const { actions } = planArchive({ ...databaseFacts, policies: [] }, policiesOf({}));
  expect(actions).toMatchObject([{ kind: 'refuse', reason: 'there is no table public.audit_log' }]);
});
