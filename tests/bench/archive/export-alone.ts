import { Client, type ClientConfig } from 'pg';
import { ArchiveThread } from '../../../shared/parquet/archive-thread.ts';
import { atLeastTimes, atMostTimes, type Measurement, median, shown } from '../benchmark.ts';
import { BENCH_TABLES, type BenchTable } from './tables.ts';
import { csvThroughDuckDb, csvThroughGzip, exportAlone, readOnly, type Taken, type Way } from './ways.ts';

const rounds = 5;
const wantedOverGzip = 1.8;
const wantedOverDuckDb = 1.3;

const ways = { limit: readOnly, exported: exportAlone, gzip: csvThroughGzip, duckDb: csvThroughDuckDb };
type WayName = keyof typeof ways;

/** COPY to finished Parquet bytes, beside the limit and beside what people do; in turns, so that all meet the same machine. */
export async function measureExport(
  connection: ClientConfig,
  rows: number,
  say: (line: string) => void,
): Promise<Measurement[]> {
  await using thread = new ArchiveThread();
  const client = new Client(connection);
  await client.connect();
  try {
    const results: Measurement[] = [];
    for (const table of BENCH_TABLES) {
      say(`exporting ${rows.toLocaleString('en-US')} rows with ${table.what}, ${rounds} rounds`);
      const taken = await takeTurns({ client, table: table.name, thread }, say);
      results.push(...compare(table, rows, taken));
    }
    return results;
  } finally {
    await client.end();
  }
}

async function takeTurns(way: Way, say: (line: string) => void): Promise<Record<WayName, Taken>> {
  const all: Record<WayName, Taken[]> = { limit: [], exported: [], gzip: [], duckDb: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of Object.keys(ways) as WayName[]) all[name].push(await ways[name](way));
    const seconds = Object.entries(all).map(
      ([name, taken]) => `${name} ${taken.at(-1)?.seconds.toFixed(2)} s`,
    );
    say(`  ${seconds.join(', ')}`);
  }
  const middle = (taken: Taken[]): Taken => ({
    seconds: median(taken.map(({ seconds }) => seconds)),
    sizeBytes: median(taken.map(({ sizeBytes }) => sizeBytes)),
  });
  return {
    limit: middle(all.limit),
    exported: middle(all.exported),
    gzip: middle(all.gzip),
    duckDb: middle(all.duckDb),
  };
}

function compare(
  { what, wantedShare }: BenchTable,
  rows: number,
  taken: Record<WayName, Taken>,
): Measurement[] {
  const { limit, exported, gzip, duckDb } = taken;
  const speed = (name: string, { seconds }: Taken) => shown(`${what}: ${name}`, rows / seconds, 'rows/s');
  const megabytes = (name: string, { sizeBytes }: Taken) => shown(`${what}: ${name}`, sizeBytes / 1e6, 'MB');
  return [
    atLeastTimes(
      speed('export, beside COPY read and thrown away', exported),
      rows / limit.seconds,
      wantedShare,
    ),
    atLeastTimes(speed('export, beside COPY csv | gzip -6', exported), rows / gzip.seconds, wantedOverGzip),
    atMostTimes(megabytes('file, beside COPY csv | gzip -6', exported), gzip.sizeBytes / 1e6, 1),
    atLeastTimes(
      speed('export, beside COPY csv, then DuckDB', exported),
      rows / duckDb.seconds,
      wantedOverDuckDb,
    ),
    megabytes('file of DuckDB', duckDb),
  ];
}
