import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { criticalPaths } from '../../../functions/matview-refresh/critical-path.ts';
import { reachBy } from '../../../functions/matview-refresh/job.ts';
import { firstShift, workShift } from '../../../functions/matview-refresh/shift.ts';
import { readMigrations } from '../../../infra/sql/migrations.ts';
import { matviewRefresh } from '../../../shared/config/matview-refresh.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../../support/embedded-cluster.ts';
import { jobConnection } from '../../support/job-connection.ts';
import { atMostTimes, type Benchmark, type Measurement, median, shown } from '../benchmark.ts';
import { type BenchView, benchViews, changeTable, makeViews, reachedBy } from './tables.ts';

const usualRows = 1_000_000;
const rounds = 3;
const databaseName = 'views';

export const benchmark: Benchmark = {
  summary: 'what a night of refreshing views costs beside a plain loop of REFRESH … CONCURRENTLY',
  async run(say, { rows = usualRows }) {
    const cluster = await startEmbeddedCluster();
    const folder = await mkdtemp(join(tmpdir(), 'nightshift-bench-'));
    try {
      await cluster.createDatabase(databaseName);
      say(`making ${benchViews.length} views over tables of ${rows.toLocaleString('en-US')} rows`);
      await asOwner(cluster, async (client) => {
        // Else one refresh alone takes both processors, and nothing is left to gain by two.
        await client.query(`ALTER DATABASE ${databaseName} SET max_parallel_workers_per_gather = 0`);
        await makeViews(client, rows);
        for (const { sql } of await readMigrations('up')) await client.query(sql);
      });
      return await measure({ cluster, folder }, say);
    } finally {
      await cluster.stop();
      await rm(folder, { recursive: true });
    }
  },
};

interface Bench {
  readonly cluster: EmbeddedCluster;
  readonly folder: string;
}

async function measure(bench: Bench, say: (line: string) => void): Promise<Measurement[]> {
  const taken = {
    loop: [] as number[],
    ofChanged: [] as number[],
    atBest: [] as number[],
    full: [] as number[],
    unchanged: [] as number[],
    oneChanged: [] as number[],
  };
  for (let round = 0; round < rounds; round += 1) {
    await asOwner(bench.cluster, changeAll);
    const loop = await plainLoop(bench);
    taken.loop.push(sum(benchViews, loop));
    taken.ofChanged.push(sum(reachedBy(0), loop));
    taken.atBest.push(Math.max(longestPath(loop), sum(benchViews, loop) / 2));
    await asOwner(bench.cluster, changeAll);
    taken.full.push(await secondsOfJob(bench, `full-${round}`, benchViews.length));
    taken.unchanged.push(await secondsOfJob(bench, `unchanged-${round}`, 0));
    await asOwner(bench.cluster, (client) => changeTable(client, 0));
    taken.oneChanged.push(await secondsOfJob(bench, `one-${round}`, reachedBy(0).length));
    say(
      Object.entries(taken)
        .map(([name, all]) => `${name} ${all.at(-1)?.toFixed(2)} s`)
        .join(', '),
    );
  }
  const of = (name: keyof typeof taken) => median(taken[name]);
  return [
    shown('a plain loop over all views', of('loop'), 's'),
    atMostTimes(shown('a night without a change, beside it', of('unchanged'), 's'), of('loop'), 0.01),
    atMostTimes(
      shown('one changed table, beside the refreshes that it needs', of('oneChanged'), 's'),
      of('ofChanged'),
      1.1,
    ),
    atMostTimes(
      shown('everything changed, two connections, beside the critical path or half the sum', of('full'), 's'),
      of('atBest'),
      1.25,
    ),
  ];
}

async function changeAll(client: Client): Promise<void> {
  for (let table = 0; table < 6; table += 1) await changeTable(client, table);
}

const sum = (views: readonly BenchView[], seconds: ReadonlyMap<string, number>) =>
  views.reduce((total, { name }) => total + (seconds.get(name) ?? 0), 0);

function longestPath(seconds: ReadonlyMap<string, number>): number {
  const tasks = benchViews.map(({ name, parents }) => ({
    id: name,
    parents,
    seconds: seconds.get(name) ?? 0,
  }));
  return Math.max(...criticalPaths(tasks).values());
}

/** What a cron job does: every view, one after the other. Seconds by view. */
async function plainLoop({ cluster }: Bench): Promise<Map<string, number>> {
  const seconds = new Map<string, number>();
  await asOwner(cluster, async (client) => {
    for (const { name } of benchViews) {
      const from = performance.now();
      await client.query(`REFRESH MATERIALIZED VIEW CONCURRENTLY ${name}`);
      seconds.set(name, (performance.now() - from) / 1_000);
    }
  });
  return seconds;
}

async function secondsOfJob({ cluster, folder }: Bench, slot: string, wanted: number): Promise<number> {
  const options = {
    ...(await jobConnection(cluster, databaseName, folder)),
    applicationName: `nightshift ${slot}`,
  };
  const settings = matviewRefresh.parse({ connections: 2 });
  const request = {
    database: 'menotime',
    instance: 'menotime-prod',
    slot,
    settings,
    trigger: 'by hand',
    views: null,
    withDependents: false,
    force: false,
    dryRun: false,
  };
  const from = performance.now();
  const shift = await workShift({ request, log: silent }, reachBy(options), firstShift, Date.now() + 600_000);
  const seconds = (performance.now() - from) / 1_000;
  if (shift.refreshed.length === wanted && Object.keys(shift.left).length === 0) return seconds;
  throw new Error(`${slot}: ${wanted} views were to be refreshed, and it came to ${JSON.stringify(shift)}`);
}

const silent = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
};

async function asOwner(cluster: EmbeddedCluster, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client(cluster.config(databaseName));
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
