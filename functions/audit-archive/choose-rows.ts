import type { Client } from 'pg';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { ArchiveAction, Slice } from './plan.ts';

/** Some rows of a table, as a condition that chooses the same ones in every statement of one snapshot. */
export interface ChosenRows {
  readonly where: string;
  /** Settings of the transaction that the condition reads, for COPY takes no parameters. */
  readonly settings: Readonly<Record<string, string>>;
  /** `2024-03`, by UTC: all of them are of this month. `0000-00` is before our era, and `-infinity`. */
  readonly month: string;
}

interface Condition extends Omit<ChosenRows, 'month'> {
  /** The part of it that is about the age alone. */
  readonly range: string;
}

export type Movable = Pick<ArchiveAction, 'policy' | 'ageType' | 'holds'>;

/**
 * The oldest rows of a slice, some `batchRows` of one month: all up to a moment, so that the index on the age finds them.
 * Where more than that share one moment, a part of those, by their place in the table. Undefined when there are none.
 * The condition's settings are set when it answers.
 */
export async function chooseRows(
  client: Client,
  movable: Movable,
  { from, to }: Slice,
): Promise<ChosenRows | undefined> {
  const sql = expressions(movable);
  const all = between(sql, from, to);
  await applySettings(client, all);
  const oldest = await oldestOf(client, sql, all);
  if (!oldest) return undefined;
  const left = between(sql, oldest.moment, oldest.end);
  await applySettings(client, left);
  const batchRows = Math.min(movable.policy.batchRows, await rowsThatFit(client, sql));
  const chosen = await firstOf(client, sql, left, batchRows);
  await applySettings(client, chosen);
  const fixed = movable.holds.length === 0 ? chosen : await fixRows(client, sql, chosen);
  return fixed && { ...fixed, month: oldest.month };
}

interface Expressions {
  readonly table: string;
  readonly age: string;
  readonly ageType: string;
  /** Conditions with an AND before each. */
  readonly free: string;
}

function expressions({ policy, ageType, holds }: Movable): Expressions {
  return {
    table: quoteName(policy.source.schema, policy.source.name),
    age: quoteName(policy.ageColumn),
    ageType,
    free: holds.map((hold) => ` AND (${hold}) IS NOT TRUE`).join(''),
  };
}

function between({ age, ageType, free }: Expressions, from: string, to: string): Condition {
  const range = `${age} >= ${setting('from', ageType)} AND ${age} < ${setting('to', ageType)}`;
  return { where: `${range}${free}`, range, settings: { from, to } };
}

/** A file of this many bytes at most, as the rows lie in the table: it is fetched and decoded while others wait. */
const mostBytes = 256 * 2 ** 20;
/** However large the table is for the rows that are left in it. */
const fewestRows = 1_000;

async function rowsThatFit(client: Client, { table }: Expressions): Promise<number> {
  const { rows } = await client.query<{ bytes: number | null }>(
    /* sql */ `SELECT (sum(pg_table_size(c.oid)) / nullif(sum(c.reltuples), 0))::float8 AS bytes
                 FROM pg_class c
                WHERE c.reltuples > 0 AND (c.oid = $1::regclass OR c.oid IN (SELECT relid FROM pg_partition_tree($1)))`,
    [table],
  );
  const bytes = rows[0]?.bytes ?? 1;
  return Math.max(fewestRows, Math.floor(mostBytes / bytes));
}

interface Oldest {
  readonly moment: string;
  readonly month: string;
  /** Of the month, or of the slice where that ends earlier. */
  readonly end: string;
}

async function oldestOf(
  client: Client,
  { table, age, ageType }: Expressions,
  { where }: Condition,
): Promise<Oldest | undefined> {
  const sql = /* sql */ `
    SELECT moment::text,
           CASE WHEN old THEN '0000-00' ELSE to_char(moment, 'YYYY-MM') END AS month,
           least(${setting('to', ageType)},
                 CASE WHEN old THEN '0001-01-01' ELSE date_trunc('month', moment) + interval '1 month' END::${ageType})::text AS "end"
      FROM (SELECT moment, moment < '0001-01-01' AS old
              FROM (SELECT min(${age}) AS moment FROM ${table} WHERE ${where}) AS oldest) AS placed
     WHERE moment IS NOT NULL`;
  return (await client.query<Oldest>(sql)).rows[0];
}

/**
 * Asks what the config holds once, and never again: an answer may depend on the settings of the session, or on chance,
 * and what is copied must be what is deleted. The rows are remembered by their places, which one snapshot keeps.
 */
async function fixRows(
  client: Client,
  { table }: Expressions,
  { where, range, settings }: Condition,
): Promise<Condition | undefined> {
  await client.query(
    `CREATE TEMPORARY TABLE nightshift_rows ON COMMIT DROP AS SELECT tableoid AS part, ctid AS place FROM ${table} WHERE ${where}`,
  );
  await client.query('ANALYZE pg_temp.nightshift_rows');
  const { rows } = await client.query('SELECT FROM pg_temp.nightshift_rows LIMIT 1');
  if (rows.length === 0) return undefined;
  const fixed = `${range} AND (tableoid, ctid) IN (SELECT part, place FROM pg_temp.nightshift_rows)`;
  return { where: fixed, range, settings };
}

/** `left` begins at the moment of its oldest row. */
async function firstOf(
  client: Client,
  sql: Expressions,
  left: Condition,
  batchRows: number,
): Promise<Condition> {
  const { table, age, ageType } = sql;
  const { rows } = await client.query<{ moment: string; first: boolean }>(
    /* sql */ `SELECT ${age}::text AS moment, ${age} = ${setting('from', ageType)} AS first
                 FROM ${table} WHERE ${left.where} ORDER BY ${age} OFFSET $1 LIMIT 1`,
    [batchRows],
  );
  const [next] = rows;
  if (!next) return left;
  const { from = '' } = left.settings;
  return next.first ? partOfMoment(client, sql, from, batchRows) : between(sql, from, next.moment);
}

async function partOfMoment(
  client: Client,
  { table, age, ageType, free }: Expressions,
  moment: string,
  batchRows: number,
): Promise<Condition> {
  const range = `${age} = ${setting('from', ageType)}`;
  const where = `${range}${free}`;
  const { rows } = await client.query<{ part: string; place: string }>(
    /* sql */ `SELECT tableoid::text AS part, ctid::text AS place FROM ${table}
                WHERE ${where} ORDER BY tableoid, ctid OFFSET $1 LIMIT 1`,
    [batchRows],
  );
  const [next] = rows;
  if (!next) return { where, range, settings: { from: moment } };
  return {
    where: `${where} AND (tableoid, ctid) < (${setting('part', 'oid')}, ${setting('place', 'tid')})`,
    range,
    settings: { from: moment, ...next },
  };
}

const setting = (name: string, type: string) => `current_setting('nightshift.${name}')::${type}`;

async function applySettings(client: Client, { settings }: Pick<ChosenRows, 'settings'>): Promise<void> {
  for (const [name, value] of Object.entries(settings)) {
    await client.query('SELECT set_config($1, $2, true)', [`nightshift.${name}`, value]);
  }
}
