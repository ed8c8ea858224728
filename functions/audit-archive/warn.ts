import { formatTableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { AgeFact, DeleteTriggerFact, TableFact } from './facts.ts';
import type { ArchivePolicy } from './policy.ts';
import type { Remark } from './remark.ts';

/** Below this, reading a whole table takes no longer than finding an index for it. */
const smallBytes = 8 * 2 ** 20;

/** What does not stand in the way, and should be known. */
export function warningsOf(policy: ArchivePolicy, table: TableFact, age: AgeFact | null): Remark[] {
  return [
    ...warnOfIndex(policy, table),
    ...warnOfNulls(policy, table, age),
    ...warnOfTriggers(policy, table),
    ...warnOfContents(policy, table),
    ...warnOfStorage(table),
  ];
}

function warnOfIndex({ ageColumn, partitions }: ArchivePolicy, table: TableFact): Remark[] {
  if (table.ageIndex !== null || partitions === 'whole') return [];
  const concurrently = table.kind === 'partitioned table' ? '' : ' CONCURRENTLY';
  const statement = `CREATE INDEX${concurrently} ON ${quoteName(table.schema, table.name)} (${quoteName(ageColumn)});`;
  return [
    {
      reason: `no index begins with ${ageColumn}: each batch reads the whole table`,
      remedy:
        table.heapBytes > smallBytes ? statement : `${statement} As small as the table is, this may wait.`,
    },
  ];
}

function warnOfNulls({ ageColumn }: ArchivePolicy, table: TableFact, age: AgeFact | null): Remark[] {
  const column = table.columns.find(({ name }) => name === ageColumn);
  if (column?.notNull || age?.withoutAge === 0) return [];
  const rows = age?.withoutAge ? ` (${age.withoutAge} of them)` : '';
  return [
    {
      reason: `${ageColumn} may be NULL: rows without a time${rows} never move`,
      remedy: `ALTER TABLE ${quoteName(table.schema, table.name)} ALTER COLUMN ${quoteName(ageColumn)} SET NOT NULL; once all rows have one.`,
    },
  ];
}

function warnOfTriggers({ passedTriggers }: ArchivePolicy, { deleteTriggers }: TableFact): Remark[] {
  const keeping = deleteTriggers.filter(
    ({ name, raises, mayKeepRow }) => mayKeepRow && (!raises || passedTriggers.includes(name)),
  );
  const firing = deleteTriggers.filter(
    (trigger) => !keeping.includes(trigger) && !trigger.raises && !passedTriggers.includes(trigger.name),
  );
  return [
    ...keeping.map(({ name, function: { schema, name: called } }) => ({
      reason: `the trigger ${name} may keep rows from being deleted without a word: such a batch is rolled back`,
      remedy: `Let ${formatTableName({ schema, name: called })}() return OLD for a DELETE.`,
    })),
    ...firing.map(({ name, table, function: called, unjudged }) => ({
      reason: `the trigger ${name} on ${formatTableName(table)} fires for what is archived, by ${formatTableName(called)}()${notJudged(unjudged)}`,
      remedy: 'Where that is meant, name it in "passedTriggers".',
    })),
  ];
}

function notJudged(functions: DeleteTriggerFact['unjudged']): string {
  if (functions.length === 0) return '';
  return `; nobody can tell by their text what these do, and whether they delete or change rows: ${functions.map((called) => `${formatTableName(called)}()`).join(', ')}`;
}

function warnOfContents({ omit, hash, name }: ArchivePolicy, { key }: TableFact): Remark[] {
  const lost = key.filter((column) => omit.includes(column) || hash.includes(column));
  return [
    ...(key.length === 0
      ? [
          {
            reason: `${name} has no primary key: equal rows are told apart by their number alone`,
            remedy: null,
          },
        ]
      : []),
    ...(lost.length === 0
      ? []
      : [
          {
            reason: `its key is not archived as it is (${lost.join(', ')}): rows cannot be put back`,
            remedy: null,
          },
        ]),
  ];
}

function warnOfStorage({ persistence, partitions }: TableFact): Remark[] {
  const pending = partitions.filter(({ detachPending }) => detachPending);
  return [
    ...(persistence === 'unlogged'
      ? [{ reason: 'it is unlogged: a crash empties it before its rows are archived', remedy: null }]
      : []),
    ...pending.map((partition) => ({
      reason: `the partition ${formatTableName(partition)} was left by an interrupted DETACH`,
      remedy: 'A run with "partitions": "whole" ends it; by hand, ALTER TABLE … DETACH PARTITION … FINALIZE.',
    })),
  ];
}
