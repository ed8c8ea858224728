import type { Client } from 'pg';
import type { DrillQuestions } from '../../../shared/config/restore-drill.ts';
import { quoteName } from '../../../shared/postgres/quote.ts';
import { inSnapshot } from '../../../shared/postgres/snapshot-transaction.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import type { Question } from './asking.ts';
import { findTable } from './relations.ts';
import { tried } from './tried.ts';

const name = 'freshness';

type Asked = DrillQuestions['freshness'][number];

/** Whether the newest row of each named table is as close to the restored moment as the config wants it. */
export const freshness: Question = {
  name,
  isAsked: (questions) => questions.freshness.length > 0,
  ask: ({ connect, questions, source }) =>
    connect(async (client) => {
      const findings: Finding[] = [];
      for (const asked of questions.freshness) findings.push(await check(client, asked, source.restoredTo));
      return { findings };
    }),
};

async function check(client: Client, asked: Asked, restoredTo: Date): Promise<Finding> {
  const { table, column, withinMinutes } = asked;
  const { relation, finding } = await findTable(client, name, table);
  if (!relation) return finding;
  const newest = await tried(`Reading the newest ${column} of ${table}`, () =>
    inSnapshot(client, () =>
      readAgeMinutes(client, quoteName(relation.schema, relation.name), asked, restoredTo),
    ),
  );
  const limit = `at most ${withinMinutes} minutes before the restored moment`;
  const fail = (fact: string, advice: string): Finding => ({
    check: name,
    status: 'fail',
    fact,
    limit,
    advice,
  });
  if (newest.kind === 'refused')
    return fail(newest.words, 'The column must hold dates or times. Correct the config.');
  const minutes = newest.result;
  if (minutes === null) {
    return fail(
      `${table} has no row with a ${column} up to the restored moment.`,
      'Look whether the table was emptied, or the column filled, on the source.',
    );
  }
  const fact = `The newest ${column} of ${table} is ${told(minutes)} the restored moment.`;
  if (minutes <= withinMinutes) return { check: name, status: 'pass', fact, limit, advice: null };
  return fail(
    fact,
    'Look whether the application wrote then. If it did, what was restored is older than it says: compare the snapshot’s time with the newest row on the source.',
  );
}

/**
 * Minutes from the newest row to the restored moment; null without a row. Rows that are dated later than the limit
 * after that moment are plans, and prove nothing. A timestamp without a time zone is taken as UTC.
 */
async function readAgeMinutes(
  client: Client,
  quoted: string,
  { column, withinMinutes }: Asked,
  restoredTo: Date,
): Promise<number | null> {
  const { rows } = await client.query<{ minutes: number | null }>(
    /* sql */ `
      SELECT (extract(epoch FROM $1::timestamptz - max(${quoteName(column)})::timestamptz) / 60)::float8 AS minutes
        FROM ${quoted}
       WHERE ${quoteName(column)} <= $1::timestamptz + $2::float8 * interval '1 minute' AND ${quoteName(column)} > '-infinity'`,
    [restoredTo.toISOString(), withinMinutes],
  );
  return rows[0]?.minutes ?? null;
}

function told(minutes: number): string {
  const size = Math.abs(minutes);
  const amount = size < 120 ? `${size.toFixed(1)} minutes` : `${(size / 60).toFixed(1)} hours`;
  return `${amount} ${minutes < 0 ? 'after' : 'before'}`;
}
