import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, type ClientConfig } from 'pg';
import { atMost, type Measurement } from '../benchmark.ts';

const wantedMegabytes = 300;
const wideRows = 400;

const child = fileURLToPath(new URL('memory-child.ts', import.meta.url));

/** The most memory that a process had which does nothing but one export. */
export async function measureMemory(
  connection: ClientConfig,
  { rows, long }: { readonly rows: number; readonly long: boolean },
  say: (line: string) => void,
): Promise<Measurement[]> {
  await makeWideRows(connection);
  const cases: [string, string, number][] = [
    [`${rows.toLocaleString('en-US')} rows`, 'audit_log', 1],
    [`${wideRows} rows of 1 MB`, 'bench_wide', 1],
  ];
  if (long) cases.push([`${(5 * rows).toLocaleString('en-US')} rows`, 'audit_log', 5]);
  const results: Measurement[] = [];
  for (const [what, table, times] of cases) {
    say(`memory for ${what}`);
    const { stdout } = await promisify(execFile)(process.execPath, [
      child,
      JSON.stringify({ connection, table, times }),
    ]);
    results.push(atMost(`peak resident memory, ${what}`, Number(stdout), 'MB', wantedMegabytes));
  }
  return results;
}

/** Of digits that nobody can compress to nothing, and not compressed in the table, so that COPY is quick. */
async function makeWideRows(connection: ClientConfig): Promise<void> {
  const client = new Client(connection);
  await client.connect();
  try {
    await client.query(/* sql */ `
      CREATE TABLE bench_wide (id integer, body text);
      ALTER TABLE bench_wide ALTER body SET STORAGE EXTERNAL;
      INSERT INTO bench_wide
        SELECT n, (SELECT string_agg(md5(n || '.' || i), '') FROM generate_series(1, 32768) i)
        FROM generate_series(1, ${wideRows}) n`);
  } finally {
    await client.end();
  }
}
