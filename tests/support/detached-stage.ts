import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { PostgresMajor } from '../../infra/local/postgres/binaries.ts';
import { type ConnectOptions, withConnection } from '../../shared/postgres/connect.ts';
import { detachedName } from '../../shared/postgres/detached/name.ts';
import { findRunning, type RunningStatement } from '../../shared/postgres/detached/running.ts';
import type { DetachedTransaction } from '../../shared/postgres/detached/transaction.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from './embedded-cluster.ts';
import { jobConnection } from './job-connection.ts';
import {
  isPgBouncerInstalled,
  type PgBouncer,
  sayThatPgBouncerIsMissing,
  startPgBouncer,
} from './pgbouncer.ts';

/** A database whose owner has set whatever could end a long statement early, and who works in it. */
export interface DetachedStage {
  readonly cluster: EmbeddedCluster;
  /** Of the superuser. */
  readonly owner: Client;
  /** As the role `nightshift`, to the server itself. */
  readonly direct: ConnectOptions;
  /** The same through the stage's PgBouncer, where it is installed and was asked for. */
  readonly pooled: () => ConnectOptions;
  /** Starts another PgBouncer, which the test may end. */
  readonly startPooler: () => Promise<{ readonly pooler: PgBouncer; readonly options: ConnectOptions }>;
  readonly as: (user: string, database?: string) => Promise<Client>;
  readonly stop: () => Promise<void>;
}

export const databaseName = 'long_work';

export async function startDetachedStage(
  major: PostgresMajor,
  { withPooler = false }: { readonly withPooler?: boolean } = {},
): Promise<DetachedStage> {
  const cluster = await startEmbeddedCluster(major);
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  await cluster.createDatabase(databaseName);
  const open: Client[] = [];
  const connect = async (config: ConstructorParameters<typeof Client>[0]) => {
    const client = new Client(config);
    client.on('error', () => undefined);
    await client.connect();
    open.push(client);
    return client;
  };
  const owner = await connect(cluster.config(databaseName));
  await prepareDatabase(owner, major);
  const direct: ConnectOptions = {
    ...(await jobConnection(cluster, databaseName, folder)),
    credentials: { user: 'nightshift', password: users.nightshift },
  };
  const startPooler = async () => {
    const pooler = await startPgBouncer(cluster, { users });
    const caFile = join(folder, `pooler-${pooler.address.port}.pem`);
    await writeFile(caFile, pooler.certificatePem);
    return { pooler, options: { ...direct, address: pooler.address, caFile, pooled: true } };
  };
  const own = withPooler && isPgBouncerInstalled ? await startPooler() : undefined;
  return {
    cluster,
    owner,
    direct,
    startPooler,
    pooled: () => {
      if (own) return own.options;
      throw new Error('this stage has no PgBouncer');
    },
    as: (user, database = databaseName) =>
      connect({ ...cluster.config(database), user, password: `${user}-secret` }),
    stop: async () => {
      await Promise.all(open.map((client) => client.end()));
      await own?.pooler.stop();
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const users = { nightshift: 'nightshift-secret', stranger: 'stranger-secret' };

async function prepareDatabase(owner: Client, major: PostgresMajor): Promise<void> {
  await owner.query(/* sql */ `
    CREATE ROLE nightshift LOGIN PASSWORD '${users.nightshift}';
    CREATE ROLE stranger LOGIN PASSWORD '${users.stranger}';
    GRANT CREATE ON DATABASE ${databaseName} TO nightshift;
    CREATE TABLE work (object text, slot text, began_at timestamptz DEFAULT clock_timestamp(),
      ended_at timestamptz, PRIMARY KEY (object, slot));
    CREATE TABLE people (id integer PRIMARY KEY, email text UNIQUE);
    INSERT INTO people VALUES (1, 'ada@menotime.example');
    GRANT ALL ON work, people TO nightshift, stranger;
    ALTER DATABASE ${databaseName} SET client_connection_check_interval = '100ms';
    ALTER DATABASE ${databaseName} SET client_min_messages = 'notice';
    ALTER DATABASE ${databaseName} SET statement_timeout = '700ms';
    ALTER DATABASE ${databaseName} SET idle_in_transaction_session_timeout = '700ms'`);
  if (major === 18) await owner.query(`ALTER DATABASE ${databaseName} SET transaction_timeout = '800ms'`);
}

/** A row for an object, a statement, and the row's end. Tests vary it by spread. */
export function longWork(object: string, statement: string): DetachedTransaction {
  const slot = '2026-01-02';
  return {
    name: detachedName('matview-refresh', object, slot),
    limits: { lockMs: 30_000, statementSeconds: 60 },
    prepare: async (client) => {
      await client.query('INSERT INTO work (object, slot) VALUES ($1, $2)', [object, slot]);
      await client.query(`SELECT set_config('nightshift.object', $1, true)`, [object]);
    },
    text: [
      statement,
      `UPDATE work SET ended_at = clock_timestamp() WHERE object = current_setting('nightshift.object')`,
    ],
  };
}

/** How long the work of an object took in its committed row; undefined where there is none. */
export async function secondsOf({ owner }: DetachedStage, object: string): Promise<number | undefined> {
  const { rows } = await owner.query<{ seconds: number }>(
    'SELECT extract(epoch FROM ended_at - began_at)::float AS seconds FROM work WHERE object = $1',
    [object],
  );
  return rows[0]?.seconds;
}

/** Whether, and how, an object's work is seen at work. */
export async function lookAt(options: ConnectOptions, object: string): Promise<RunningStatement | undefined> {
  const { name } = longWork(object, '');
  return (await withConnection(options, (client) => findRunning(client, [name]))).get(name);
}

/** Waits until an object's work is seen no more, however it ended. */
export async function untilGone(options: ConnectOptions, object: string): Promise<void> {
  await eventually(async () => ((await lookAt(options, object)) ? undefined : true));
}

/** What statements wait at until it is opened. */
export interface Gate {
  /** A statement that comes to its end once the gate is open. */
  readonly wait: string;
  readonly open: () => Promise<void>;
}

/** Takes away what earlier tests left, and opens the gates of one that failed: what waits at them holds its row. */
export async function clearWork({ owner }: DetachedStage): Promise<void> {
  await owner.query('SELECT pg_advisory_unlock_all()');
  await owner.query('TRUNCATE work');
}

let gates = 0;

/** Holds an advisory lock of the superuser's; without `lockMs` to match, those who wait for it give up. */
export async function closeGate({ owner }: DetachedStage): Promise<Gate> {
  gates += 1;
  const key = gates;
  await owner.query('SELECT pg_advisory_lock($1)', [key]);
  return {
    wait: `DO $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${key}); END $$`,
    open: async () => {
      await owner.query('SELECT pg_advisory_unlock($1)', [key]);
    },
  };
}

/** What a promise was rejected with, or what it answered instead. */
export function failureOf(work: Promise<unknown>): Promise<Error> {
  return work.then(
    (answer) => new Error(`it answered ${String(answer)}`),
    (thrown: Error) => thrown,
  );
}

/** The ways to reach the server; that through PgBouncer says so where it is left out. */
export function pathsOf({ direct, pooled }: DetachedStage): readonly ConnectOptions[] {
  if (isPgBouncerInstalled) return [direct, pooled()];
  sayThatPgBouncerIsMissing();
  return [direct];
}

/** Looks again and again until something is there. */
export async function eventually<T>(look: () => Promise<T | undefined>, seconds = 30): Promise<T> {
  const until = Date.now() + seconds * 1_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > until) throw new Error(`not within ${seconds} s`);
    await sleep(25);
  }
}
