import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, type ClientConfig } from 'pg';
import { atMost, type Measurement } from '../benchmark.ts';
import { makeWideRows, wideRows } from './wide-rows.ts';

const wantedMegabytes = 300;

const child = fileURLToPath(new URL('memory-child.ts', import.meta.url));

/** The most memory that a process had which does nothing but one export. */
export async function measureMemory(
  connection: ClientConfig,
  { rows, long }: { readonly rows: number; readonly long: boolean },
  say: (line: string) => void,
): Promise<Measurement[]> {
  const client = new Client(connection);
  await client.connect();
  await makeWideRows(client).finally(() => client.end());
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
    results.push(
      atMost(`the export alone: peak resident memory, ${what}`, Number(stdout), 'MB', wantedMegabytes),
    );
  }
  return results;
}
