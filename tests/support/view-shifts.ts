import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { reachBy } from '../../functions/matview-refresh/job.ts';
import { firstShift, type ShiftResult, workShift } from '../../functions/matview-refresh/shift.ts';
import type { PostgresMajor } from '../../infra/local/postgres/binaries.ts';
import { readMigrations } from '../../infra/sql/migrations.ts';
import { matviewRefresh } from '../../shared/config/matview-refresh.ts';
import type { ConnectOptions } from '../../shared/postgres/connect.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from './embedded-cluster.ts';
import { jobConnection } from './job-connection.ts';
import { startPgBouncer } from './pgbouncer.ts';

const databaseName = 'views';
const password = 'nightshift-secret';

export interface ShiftOrder {
  readonly settings?: object;
  readonly before?: ShiftResult;
  readonly seconds?: number;
  readonly force?: boolean;
  readonly views?: readonly string[];
}

/** A database with the schema of Nightshift, whose views are refreshed shift by shift as the role `nightshift`. */
export interface ViewStage {
  /** Of the superuser; its session ends with the stage. */
  readonly owner: Client;
  /** As the owner, in a session that has ended, and so told what it did, when this answers. */
  readonly sql: <Row>(text: string) => Promise<Row[]>;
  /** Another session of the owner, named `reader`, which whoever asks for it ends; left out, of the database of views. */
  readonly connect: (database?: string) => Promise<Client>;
  /** Answers what the shift came to, with the names of views instead of their ids. */
  readonly shift: (slot: string, order?: ShiftOrder) => Promise<ShiftResult & { readonly names: Named }>;
  /** The same through PgBouncer in transaction mode. */
  readonly startPooler: () => Promise<ViewStage['shift']>;
  readonly stop: () => Promise<void>;
}

interface Named {
  readonly refreshed: readonly string[];
  readonly skipped: readonly string[];
  readonly failed: Readonly<Record<string, string>>;
  readonly left: readonly string[];
}

export async function startViewStage(major: PostgresMajor = 15): Promise<ViewStage> {
  const cluster = await startEmbeddedCluster(major);
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  await cluster.createDatabase(databaseName);
  const sql = <Row>(text: string) => inSession<Row>(cluster, text);
  for (const migration of await readMigrations('up')) await sql(migration.sql);
  await sql(
    `ALTER ROLE nightshift LOGIN PASSWORD '${password}'; GRANT CREATE ON SCHEMA public TO nightshift`,
  );
  const owner = new Client(cluster.config(databaseName));
  await owner.connect();
  const options = {
    ...(await jobConnection(cluster, databaseName, folder)),
    credentials: { user: 'nightshift', password },
  };
  const stops: (() => Promise<void>)[] = [];
  return {
    owner,
    sql,
    connect: async (database = databaseName) => {
      const client = new Client({ ...cluster.config(database), application_name: 'reader' });
      await client.connect();
      return client;
    },
    shift: shiftBy(options, sql),
    startPooler: async () => {
      const pooler = await startPgBouncer(cluster, { users: { nightshift: password } });
      stops.push(pooler.stop);
      const caFile = join(folder, 'pooler.pem');
      await writeFile(caFile, pooler.certificatePem);
      return shiftBy({ ...options, address: pooler.address, caFile, pooled: true }, sql);
    },
    stop: async () => {
      await owner.end();
      for (const stop of stops) await stop();
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function inSession<Row>(cluster: EmbeddedCluster, text: string): Promise<Row[]> {
  const client = new Client(cluster.config(databaseName));
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

const silent = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  debug: () => undefined,
};

function shiftBy(options: ConnectOptions, sql: ViewStage['sql']): ViewStage['shift'] {
  return async (
    slot,
    { settings = {}, before = firstShift, seconds = 60, force = false, views = null as never } = {},
  ) => {
    const request = {
      database: 'menotime',
      instance: 'menotime-prod',
      slot,
      settings: matviewRefresh.parse({ settleSeconds: 0, ...settings }),
      trigger: 'by hand',
      views,
      withDependents: false,
      force,
      dryRun: false,
    };
    const until = Date.now() + seconds * 1_000;
    const result = await workShift({ request, log: silent }, reachBy(options), before, until);
    const rows = await sql<{ id: string; name: string }>(
      `SELECT oid::text AS id, relname AS name FROM pg_class WHERE relkind = 'm'`,
    );
    const names = new Map(rows.map(({ id, name }) => [id, name]));
    const nameOf = (id: string) => names.get(id) ?? id;
    return {
      ...result,
      names: {
        refreshed: result.refreshed.map(nameOf).sort(),
        skipped: result.skipped.map(nameOf).sort(),
        failed: Object.fromEntries(Object.entries(result.failed).map(([id, why]) => [nameOf(id), why])),
        left: Object.keys(result.left).map(nameOf).sort(),
      },
    };
  };
}
