import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { Asking, Question } from '../../../../../functions/restore-drill/questions/asking.ts';
import { seedDemo } from '../../../../../infra/local/demo/seed.ts';
import type { PostgresMajor } from '../../../../../infra/local/postgres/binaries.ts';
import { createCertificate, writeCertificate } from '../../../../../infra/local/postgres/certificate.ts';
import { connectionTo, withConnection as withLocal } from '../../../../../infra/local/postgres/connection.ts';
import { createPostgresHost } from '../../../../../infra/local/postgres/host.ts';
import { startServer } from '../../../../../infra/local/postgres/server.ts';
import type { Settings } from '../../../../../infra/local/postgres/settings.ts';
import { startWatchdog } from '../../../../../infra/local/postgres/watchdog.ts';
import { type DrillQuestions, restoreDrill } from '../../../../../shared/config/restore-drill.ts';
import { withConnection } from '../../../../../shared/postgres/connect.ts';
import type { Finding } from '../../../../../shared/verify/finding.ts';
import { newCluster } from '../../../../support/new-cluster.ts';
import { stageConfig } from '../../../../support/stage-config.ts';

const OWNER = { user: 'owner', password: 'owner-secret' };
const JOB = { user: 'nightshift', password: 'job-secret' };

/** The moment as of which the demo is seeded. */
export const seededAt = new Date('2026-01-02T00:00:00Z');

/** A server with the seeded demo in the database `demo`, to be copied, damaged, and asked. */
export interface DrillCluster {
  /** What a superuser does to a database. */
  readonly asOwner: <T>(database: string, use: (client: Client) => Promise<T>) => Promise<T>;
  /** A copy of the demo under this name. */
  readonly clone: (database: string) => Promise<string>;
  readonly asking: (database: string, more?: AskingChange) => Asking;
  /** The file of a relation; its blocks are changed while the server is down. */
  readonly fileOf: (database: string, relation: string) => Promise<string>;
  readonly restart: (change: () => Promise<void>, parameters?: Settings) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Who asks, what is asked, and what it is held against; the job's role and nothing where nothing else is said. */
export interface AskingChange extends Partial<Omit<Asking, 'questions' | 'connect'>> {
  readonly questions?: Partial<DrillQuestions>;
  readonly as?: { readonly user: string; readonly password: string };
}

export const questionsOf = (change: Partial<DrillQuestions> = {}): DrillQuestions => ({
  ...restoreDrill.parse({}).questions,
  ...change,
});

export async function startDrillCluster(major: PostgresMajor = 15): Promise<DrillCluster> {
  const watchdog = startWatchdog();
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-drill-'));
  const host = await createPostgresHost(folder, watchdog);
  const pem = await createCertificate();
  const certificate = await writeCertificate(pem, join(folder, 'tls'), host.user);
  const dataDirectory = join(folder, 'data');
  await newCluster(host, { major, dataDirectory, superuser: OWNER.user, password: OWNER.password });
  const start = (parameters: Settings = {}) =>
    startServer(host, { major, dataDirectory, settings: { certificate, parameters } });
  let server = await start();
  const owner = (database: string) =>
    connectionTo({ ...OWNER, port: server.port, database, certificatePem: pem.certificatePem });
  const asOwner = <T>(database: string, use: (client: Client) => Promise<T>) =>
    withLocal(owner(database), use);
  await asOwner('postgres', (client) => client.query('CREATE DATABASE demo'));
  await seedDemo({
    connection: owner('demo'),
    passwords: { nightshift: JOB.password },
    auditRows: 1_000,
    patients: 20,
    now: seededAt,
  });
  return {
    asOwner,
    clone: async (database) => {
      await asOwner('postgres', (client) => client.query(`CREATE DATABASE ${database} TEMPLATE demo`));
      return database;
    },
    asking: (database, { questions, as = JOB, ...more } = {}) => ({
      connect: (use) =>
        withConnection(
          {
            address: { host: '127.0.0.1', port: server.port },
            database: { ...demoDatabase(), databaseName: database },
            credentials: as,
            caFile: certificate.certificateFile,
            applicationName: 'nightshift restore-drill 2026-01-02',
          },
          use,
        ),
      questions: questionsOf(questions),
      secondsLeft: () => 13 * 60,
      source: { databaseName: database, restoredTo: seededAt },
      baseline: { bounds: null, lastDrill: null },
      exported: null,
      ...more,
    }),
    fileOf: async (database, relation) => {
      const { rows } = await asOwner(database, (client) =>
        client.query<{ path: string }>('SELECT pg_relation_filepath($1::regclass) AS path', [relation]),
      );
      return join(dataDirectory, rows[0]?.path ?? '');
    },
    restart: async (change, parameters) => {
      await server.stop();
      await change();
      server = await start(parameters);
    },
    stop: async () => {
      await watchdog.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function demoDatabase() {
  const database = stageConfig().databases.menotime;
  if (!database) throw new Error('The fixture has no database.');
  return database;
}

/** The findings of one question, each as `status: fact`. */
export async function told(question: Question, asking: Asking): Promise<string[]> {
  return (await question.ask(asking)).findings.map(oneLine);
}

let clones = 0;

/** What a question finds in a copy of the demo that someone changed who can switch triggers off; in the demo itself without a change. */
export async function foundAfter(
  cluster: DrillCluster,
  damage: string,
  question: Question,
  change: AskingChange = {},
): Promise<string[]> {
  if (damage === '') return told(question, cluster.asking('demo', change));
  clones += 1;
  const database = await cluster.clone(`damaged_${clones}`);
  await cluster.asOwner(database, (client) =>
    client.query(`SET session_replication_role = replica; ${damage}`),
  );
  return told(question, cluster.asking(database, change));
}

export const oneLine = ({ status, fact }: Finding) => `${status}: ${fact}`;
