import type { Client } from 'pg';
import { formatTableName } from '../../../shared/config/table-name.ts';
import { inSnapshot } from '../../../shared/postgres/snapshot-transaction.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import { rowsOf } from './amount.ts';
import type { Question } from './asking.ts';
import { heapOnlySql } from './count-rows.ts';
import { firstFew } from './few.ts';
import {
  countOrphans,
  type ForeignKey,
  orphansSql,
  readForeignKeys,
  referencedName,
} from './foreign-keys.ts';
import { grantFor } from './lacking.ts';
import { findTable, fromClause, lackSql, type Relation } from './relations.ts';
import { brokenSql, countBroken, type RowConstraint, readRowConstraints } from './row-constraints.ts';
import { timed } from './timed.ts';
import { ranOutOfTime, tried } from './tried.ts';

const name = 'constraints';

/** Foreign keys, NOT NULL and CHECK of the chosen tables, held against the rows themselves and not against an index. */
export const constraints: Question = {
  name,
  isAsked: (questions) => questions.revalidate.length > 0,
  ask: ({ connect, questions }) =>
    connect(async (client) => {
      const { result, seconds } = await timed(async () => {
        const checked: Checked[] = [];
        for (const table of questions.revalidate) checked.push(await checkTable(client, table));
        return checked;
      });
      const kept = sumUp(result.filter(({ findings }) => findings.length === 0));
      const faults = result.flatMap(({ findings }) => firstFew(findings));
      return { findings: [...faults, ...kept.map((finding) => ({ ...finding, seconds }))] };
    }),
};

interface Checked {
  readonly findings: readonly Finding[];
  readonly constraints: number;
}

async function checkTable(client: Client, table: string): Promise<Checked> {
  const { relation, finding } = await findTable(client, name, table);
  if (!relation) return { findings: [finding], constraints: 0 };
  const keys = await readForeignKeys(client, relation, lackSql);
  const rows = await readRowConstraints(client, relation);
  const findings = [...(await checkRows(client, relation, rows))];
  for (const key of keys) findings.push(...(await checkKey(client, relation, key)));
  return { findings, constraints: keys.length + rows.length };
}

function sumUp(kept: readonly Checked[]): Finding[] {
  if (kept.length === 0) return [];
  const count = kept.reduce((sum, { constraints: own }) => sum + own, 0);
  const fact = `Every row keeps the foreign keys, NOT NULL and CHECK constraints of its table: ${count} of them, in ${kept.length} of the chosen tables.`;
  return [{ check: name, status: 'pass', fact, limit: 'no row breaks one', advice: null }];
}

async function checkRows(
  client: Client,
  relation: Relation,
  asked: readonly RowConstraint[],
): Promise<Finding[]> {
  const doing = `Checking NOT NULL and CHECK of ${formatTableName(relation)}`;
  const broken = await tried(doing, () => fromHeap(client, () => countBroken(client, relation, asked)));
  if (broken.kind === 'refused') return [unasked(broken)];
  return asked.flatMap((constraint, index) => {
    const count = broken.result[index] ?? 0;
    if (count === 0) return [];
    const what =
      constraint.kind === 'CHECK' ? `the CHECK ${constraint.name}` : `NOT NULL of ${constraint.name}`;
    return [
      brokenFinding(relation, {
        count,
        what,
        from: `FROM ${fromClause(relation)} WHERE ${brokenSql(constraint)}`,
      }),
    ];
  });
}

async function checkKey(client: Client, relation: Relation, key: ForeignKey): Promise<Finding[]> {
  const title = `the foreign key ${key.name} to ${referencedName(key)}`;
  if (key.isTemporal)
    return [warning(`Not checked: ${title} of ${formatTableName(relation)} compares periods.`, null)];
  const { referenced } = key;
  if (referenced.lack) {
    const fact = `${title} of ${formatTableName(relation)} cannot be checked: the role ${referenced.role} may not see all rows of ${referencedName(key)}.`;
    const advice = `On the source database: ${grantFor(referenced, referenced.lack)}`;
    return [{ check: name, status: 'fail', fact, limit: 'every row can be seen', advice }];
  }
  const doing = `Checking ${title} of ${formatTableName(relation)}`;
  const orphans = await tried(doing, () => fromHeap(client, () => countOrphans(client, relation, key)));
  if (orphans.kind === 'refused') return [unasked(orphans)];
  if (orphans.result === 0) return [];
  const broken = brokenFinding(relation, {
    count: orphans.result,
    what: title,
    from: orphansSql(relation, key),
  });
  return key.validated
    ? [broken]
    : [
        {
          ...broken,
          status: 'warn',
          fact: `${broken.fact} It is NOT VALID, and so was never promised for them.`,
        },
      ];
}

async function fromHeap<T>(client: Client, read: () => Promise<T>): Promise<T> {
  return inSnapshot(client, async () => {
    await client.query(heapOnlySql);
    return read();
  });
}

function brokenFinding(
  relation: Relation,
  { count, what, from }: { readonly count: number; readonly what: string; readonly from: string },
): Finding {
  return {
    check: name,
    status: 'fail',
    fact: `${rowsOf(count)} of ${formatTableName(relation)} break${count === 1 ? 's' : ''} ${what}.`,
    limit: 'no row breaks it',
    advice: `List them here and on the source database: SELECT * ${from}; If the source has them too, mend them there; if not, this backup is damaged: take a new one.`,
  };
}

function unasked({ state, words }: { readonly state: string; readonly words: string }): Finding {
  if (ranOutOfTime(state)) return warning(words, 'Raise statementTimeoutMinutes.');
  return {
    check: name,
    status: 'fail',
    fact: words,
    limit: 'can be checked',
    advice: 'Grant the role what it lacks; where the table cannot be read, restore an older backup.',
  };
}

const warning = (fact: string, advice: string | null): Finding => ({
  check: name,
  status: 'warn',
  fact,
  limit: null,
  advice,
});
