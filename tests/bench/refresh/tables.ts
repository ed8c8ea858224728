import type { Client } from 'pg';

/** A view of the benchmark, and those that it reads. */
export interface BenchView {
  readonly name: string;
  readonly parents: readonly string[];
}

const tables = 6;

/** Six tables; over each a daily summary; over two of those a join; over all joins one view. */
export const benchViews: readonly BenchView[] = [
  ...Array.from({ length: tables }, (_, at) => ({ name: `daily_${at}`, parents: [] })),
  ...Array.from({ length: tables / 2 }, (_, at) => ({
    name: `joined_${at}`,
    parents: [`daily_${2 * at}`, `daily_${2 * at + 1}`],
  })),
  { name: 'overall', parents: ['joined_0', 'joined_1', 'joined_2'] },
];

/** Makes the tables with so many rows each, and the views over them, filled. */
export async function makeViews(client: Client, rowsPerTable: number): Promise<void> {
  for (let at = 0; at < tables; at += 1) {
    await client.query(`CREATE TABLE visits_${at} AS
      SELECT i AS id, i % 40000 AS patient, i % 7 AS kind, (i % 1000)::numeric / 7 AS amount
        FROM generate_series(1, ${rowsPerTable}) AS i`);
    await client.query(`CREATE MATERIALIZED VIEW daily_${at} AS
      SELECT patient, kind, count(*) AS visits, sum(amount) AS amount FROM visits_${at} GROUP BY 1, 2`);
    await client.query(`CREATE UNIQUE INDEX ON daily_${at} (patient, kind)`);
  }
  for (let at = 0; at < tables / 2; at += 1) {
    await client.query(`CREATE MATERIALIZED VIEW joined_${at} AS
      SELECT patient, kind, a.visits + b.visits AS visits, a.amount + b.amount AS amount
        FROM daily_${2 * at} AS a JOIN daily_${2 * at + 1} AS b USING (patient, kind)`);
    await client.query(`CREATE UNIQUE INDEX ON joined_${at} (patient, kind)`);
  }
  await client.query(`CREATE MATERIALIZED VIEW overall AS
    SELECT patient, sum(amount) AS amount
      FROM (TABLE joined_0 UNION ALL TABLE joined_1 UNION ALL TABLE joined_2) AS every GROUP BY 1`);
  await client.query('CREATE UNIQUE INDEX ON overall (patient)');
  await client.query('VACUUM ANALYZE');
}

/** The next night: a share of a table's rows has changed. */
export async function changeTable(client: Client, table: number): Promise<void> {
  await client.query(`UPDATE visits_${table} SET amount = amount + 1 WHERE patient < 400`);
}

/** Every view that a change of a table reaches, in order. */
export function reachedBy(table: number): BenchView[] {
  const reached = new Set([`daily_${table}`]);
  for (const { name, parents } of benchViews)
    if (parents.some((parent) => reached.has(parent))) reached.add(name);
  return benchViews.filter(({ name }) => reached.has(name));
}
