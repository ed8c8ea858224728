import { Client } from 'pg';
import { type SeedProgress, seedDemo } from '../../../infra/local/demo/seed.ts';
import { startEmbeddedCluster } from '../../support/embedded-cluster.ts';
import { type Benchmark, type Measurement, shown } from '../benchmark.ts';

const auditRows = 2_000_000;
const wantedRowsPerSecond = 100_000;

export const benchmark: Benchmark = {
  summary: 'how fast the demo database is filled, beside a server that only generates the rows',
  async run(say) {
    const cluster = await startEmbeddedCluster();
    try {
      await cluster.createDatabase('demo');
      const connection = cluster.config('demo');
      say(`seeding ${auditRows.toLocaleString('en-US')} audit rows`);
      const audit = stopwatchOfAuditLog();
      const from = performance.now();
      await seedDemo({ connection, passwords: {}, auditRows, onProgress: audit.note });
      const wholeSeconds = (performance.now() - from) / 1_000;
      const copySeconds = await secondsToCopy(connection);
      return results(audit.seconds(), wholeSeconds, copySeconds);
    } finally {
      await cluster.stop();
    }
  },
};

/** Between the first and the last word about the audit log: without its indexes, and without the other tables. */
function stopwatchOfAuditLog() {
  let [first, last] = [0, 0];
  return {
    note: ({ step }: SeedProgress) => {
      if (step === 'clinic') first = performance.now();
      if (step === 'audit log') last = performance.now();
    },
    seconds: () => (last - first) / 1_000,
  };
}

/** The limit: the same rows, already made, copied from one table into another without an index. */
async function secondsToCopy(connection: ConstructorParameters<typeof Client>[0]): Promise<number> {
  const client = new Client(connection);
  await client.connect();
  try {
    const from = performance.now();
    await client.query('CREATE UNLOGGED TABLE bench_copy AS SELECT * FROM audit_log');
    return (performance.now() - from) / 1_000;
  } finally {
    await client.end();
  }
}

function results(auditSeconds: number, wholeSeconds: number, copySeconds: number): Measurement[] {
  const limit = auditRows / copySeconds;
  const wanted = (name: string, seconds: number): Measurement => {
    const value = auditRows / seconds;
    return {
      ...shown(name, value, 'rows/s'),
      against: limit,
      ratio: value / limit,
      wanted: `>= ${wantedRowsPerSecond} rows/s`,
      met: value >= wantedRowsPerSecond,
    };
  };
  return [
    wanted('audit log generated', auditSeconds),
    wanted('whole seed, with indexes and all other tables', wholeSeconds),
    shown('the same rows copied inside the server', limit, 'rows/s'),
  ];
}
