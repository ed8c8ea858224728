import type { Client } from 'pg';
import type { TableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { oneRead } from '../../shared/postgres/snapshot-transaction.ts';
import { sqlStateOf } from '../../shared/postgres/sqlstate.ts';
import type { AgeFact } from './facts.ts';

export interface AgeQuestion {
  readonly table: TableName;
  readonly ageColumn: string;
  /** As `format_type` says it. */
  readonly ageType: string;
  readonly hasIndex: boolean;
  readonly nullable: boolean;
  /** ISO 8601, UTC. */
  readonly cutoff: string;
  readonly holds: readonly string[];
  /** The planner's, of the whole table: for where not even a plan can be had. */
  readonly estimatedRows: number | null;
}

export interface Looking {
  /** A dry run counts what is there; a run is content with the planner's estimate. */
  readonly count: boolean;
  /** Of each of some five queries. */
  readonly seconds: number;
}

/**
 * Which rows of a table may move, in a transaction of the caller that is read only and in UTC. What takes longer than
 * `seconds` is left unknown.
 */
export async function readAge(client: Client, question: AgeQuestion, looking: Looking): Promise<AgeFact> {
  await client.query(`SELECT set_config('statement_timeout', $1, true)`, [`${looking.seconds * 1_000}`]);
  const within = (sql: string) => inTime(client, sql);
  const { table, age, free, movable } = fragments(question);
  const plan = await within(`EXPLAIN (FORMAT JSON) SELECT FROM ${table} WHERE ${movable}`);
  const ends = await within(/* sql */ `
    SELECT (SELECT ${age}::text FROM ${table} WHERE ${movable} ORDER BY ${age} LIMIT 1) AS oldest,
      (SELECT ${age}::text FROM ${table} WHERE ${movable} ORDER BY ${age} DESC LIMIT 1) AS newest`);
  const months = ends && (await within(question.hasIndex ? monthsByIndex(question) : monthsByScan(question)));
  const counted = looking.count
    ? await within(`SELECT count(*)::float8 AS rows FROM ${table} WHERE ${movable}`)
    : undefined;
  const withoutAge =
    looking.count && question.nullable
      ? await within(`SELECT count(*)::float8 AS rows FROM ${table} WHERE ${age} IS NULL ${free}`)
      : undefined;
  const [end] = ends ?? [];
  return {
    looked: months !== undefined,
    oldest: end?.oldest === undefined ? null : (end.oldest as string | null),
    newest: end?.newest === undefined ? null : (end.newest as string | null),
    months: (months ?? []).map(({ month }) => month as string),
    rows: counted
      ? Number(counted[0]?.rows)
      : end && end.oldest === null
        ? 0
        : (rowsOfPlan(plan) ?? question.estimatedRows ?? 0),
    counted: counted !== undefined,
    withoutAge: withoutAge ? Number(withoutAge[0]?.rows) : null,
  };
}

function fragments({ table, ageColumn, ageType, cutoff, holds }: AgeQuestion) {
  const age = quoteName(ageColumn);
  const free = holds.map((hold) => `AND (${hold}) IS NOT TRUE`).join(' ');
  // In UTC, a time without time zone is read as what it says.
  const end = `'${cutoff.replace('T', ' ').replace(/\.000Z$|Z$/, '+00')}'::${ageType}`;
  return {
    table: quoteName(table.schema, table.name),
    age,
    free,
    end,
    movable: `${age} < ${end} ${free}`,
  };
}

/** From one month to the next that holds anything: as many looks into the index as there are months. */
function monthsByIndex(question: AgeQuestion): string {
  const { table, age, free, end } = fragments(question);
  const first = (from: string) => /* sql */ `
    SELECT date_trunc('month', ${age}) AS month FROM ${table}
    WHERE ${age} >= ${from}::${question.ageType} AND ${age} < ${end} ${free} ORDER BY ${age} LIMIT 1`;
  return /* sql */ `
    WITH RECURSIVE months AS (
      (${first("'1900-01-01 00:00:00+00'")})
      UNION ALL
      SELECT (${first("(m.month + interval '1 month')")}) FROM months m WHERE m.month IS NOT NULL
    ) SELECT to_char(month, 'YYYY-MM') AS month FROM months WHERE month IS NOT NULL ORDER BY 1`;
}

function monthsByScan(question: AgeQuestion): string {
  const { table, age, movable } = fragments(question);
  return /* sql */ `
    SELECT DISTINCT to_char(date_trunc('month', ${age}), 'YYYY-MM') AS month FROM ${table}
    WHERE ${movable} AND ${age} >= '1900-01-01 00:00:00+00'::${question.ageType} ORDER BY 1`;
}

/** What the planner thinks. */
function rowsOfPlan(plan: Record<string, unknown>[] | undefined): number | undefined {
  const [explained] = (plan?.[0]?.['QUERY PLAN'] ?? []) as { Plan: { 'Plan Rows': number } }[];
  return explained?.Plan['Plan Rows'];
}

/** Undefined where it took too long, or somebody holds the table locked. */
async function inTime(client: Client, sql: string): Promise<Record<string, unknown>[] | undefined> {
  const read = await oneRead(client, async () => (await client.query<Record<string, unknown>>(sql)).rows);
  return read.kind === 'read' ? read.result : undefined;
}

/** What Postgres says against a condition over the table's columns, or undefined: it is planned, not run. */
export async function conditionFault(
  client: Client,
  table: TableName,
  condition: string,
): Promise<string | undefined> {
  await client.query('SAVEPOINT looking');
  try {
    await client.query(
      `EXPLAIN SELECT FROM ${quoteName(table.schema, table.name)} WHERE (${condition}) IS NOT TRUE`,
    );
    await client.query('ROLLBACK TO SAVEPOINT looking');
    return undefined;
  } catch (error) {
    const state = sqlStateOf(error) ?? '';
    // What is locked, or takes too long, tells nothing of the condition.
    if (!/^(42|22)|^55P03$|^57014$/.test(state)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT looking');
    return /^(42|22)/.test(state) ? (error as Error).message : undefined;
  }
}
