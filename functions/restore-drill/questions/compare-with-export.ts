import type { Client } from 'pg';
import type { Finding } from '../../../shared/verify/finding.ts';
import { rowsOf } from './amount.ts';
import type { Asking, Question } from './asking.ts';
import { loadExported, loadedTable } from './load-exported.ts';
import { findTable, fromClause, type Relation } from './relations.ts';
import { keyColumns, keyText } from './row-key.ts';
import { shortValue } from './short-value.ts';
import { type Difference, readContent, readDifference, type TableContent } from './table-content.ts';
import { timed } from './timed.ts';
import { ranOutOfTime, tried } from './tried.ts';

const name = 'compare with export';

/** Whether chosen tables hold the same rows here and in the export of the same snapshot. */
export const compareWithExport: Question = {
  name,
  isAsked: (questions) => questions.compareWithExport.length > 0,
  ask: async ({ connect, questions, exported }) => {
    if (!exported) return { findings: [notExported()] };
    return connect(async (client) => {
      const findings: Finding[] = [];
      for (const table of questions.compareWithExport)
        findings.push(await compareTable(client, exported, table));
      return { findings };
    });
  },
};

type Exported = NonNullable<Asking['exported']>;

async function compareTable(client: Client, exported: Exported, table: string): Promise<Finding> {
  const { relation, finding } = await findTable(client, name, table);
  if (!relation) return finding;
  const opened = await exported.open({ schema: relation.schema, table: relation.name });
  if (!opened) return notInExport(table);
  const { result, seconds } = await timed(() =>
    tried(`Comparing ${table} with its export`, () => compare(client, relation, opened)),
  );
  if (result.kind === 'refused') return { ...refusedFinding(client, result), seconds };
  return { ...judge(table, opened.columns.length, result.result), seconds };
}

interface Compared {
  readonly restored: TableContent;
  readonly exported: TableContent;
  /** Where they are not the same. */
  readonly difference: Difference | null;
}

/** The temporary table goes with the transaction, which is rolled back whatever comes of it. */
async function compare(
  client: Client,
  relation: Relation,
  opened: NonNullable<Awaited<ReturnType<Exported['open']>>>,
): Promise<Compared> {
  const here = fromClause(relation);
  const { columns } = opened;
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  try {
    await loadExported(client, here, opened);
    const restored = await readContent(client, here, columns);
    const exported = await readContent(client, loadedTable, columns);
    if (restored.rows === exported.rows && restored.hash === exported.hash)
      return { restored, exported, difference: null };
    const key = keyText(client, await keyColumns(client, relation));
    const difference = await readDifference(client, { here, there: loadedTable, columns, key });
    return { restored, exported, difference };
  } finally {
    // On a broken connection this fails as well; the first error is the one to tell.
    await client.query('ROLLBACK').catch(() => undefined);
  }
}

function judge(table: string, columns: number, { restored, exported, difference }: Compared): Finding {
  const limit = 'the same rows in both';
  if (!difference) {
    const fact = `${table} holds the same ${rowsOf(restored.rows)} in the restored database and in the export, over ${columns} columns.`;
    return { check: name, status: 'pass', fact, limit, advice: null };
  }
  const { onlyHere, onlyThere, example } = difference;
  const first =
    example === null ? '' : ` The first that is only in the restored database: ${shortValue(example)}.`;
  return {
    check: name,
    status: 'fail',
    fact: `${table} is not the same in the restored database (${rowsOf(restored.rows)}) and in the export (${rowsOf(exported.rows)}): ${rowsOf(onlyHere)} only in the first, ${rowsOf(onlyThere)} only in the second.${first}`,
    limit,
    advice:
      'One of the two copies of the same snapshot was changed. `nightshift backup verify` says whether the export is as it was written; if it is, the restored copy differs: restore the snapshot again and compare.',
  };
}

function notExported(): Finding {
  return {
    check: name,
    status: 'no baseline',
    fact: 'There is no export of what was restored to compare with.',
    limit: null,
    advice:
      'snapshot-export makes one of each night’s snapshot; restore that snapshot to have them compared.',
  };
}

function notInExport(table: string): Finding {
  return {
    check: name,
    status: 'warn',
    fact: `The export of this snapshot does not hold ${table}.`,
    limit: null,
    advice: 'Add the table to what is exported, or take it out of compareWithExport.',
  };
}

function refusedFinding(
  { database = '…', user = '…' }: Client,
  { state, words }: { readonly state: string; readonly words: string },
): Finding {
  const late = ranOutOfTime(state);
  const advice = late
    ? 'Raise statementTimeoutMinutes, or give the drill a larger instance.'
    : `If the export could not be loaded, its content does not fit the table: \`nightshift backup verify\` says more. On 42501, on the source database: GRANT TEMPORARY ON DATABASE "${database}" TO "${user}";`;
  return { check: name, status: late ? 'warn' : 'fail', fact: words, limit: 'can be compared', advice };
}
