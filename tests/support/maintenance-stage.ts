import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type ActingJob, act } from '../../functions/db-maintenance/act.ts';
import type { Reach } from '../../functions/db-maintenance/job.ts';
import type { Phase } from '../../functions/db-maintenance/plan.ts';
import { type ShiftResult, workShift } from '../../functions/db-maintenance/work-shift.ts';
import type { PostgresMajor } from '../../infra/local/postgres/binaries.ts';
import { readMigrations } from '../../infra/sql/migrations.ts';
import { dbMaintenance } from '../../shared/config/db-maintenance.ts';
import { withConnection } from '../../shared/postgres/connect.ts';
import { startEmbeddedCluster } from './embedded-cluster.ts';
import { jobConnection } from './job-connection.ts';

type Settings = Parameters<typeof dbMaintenance.parse>[0];

type More = Partial<Parameters<typeof workShift>[2]> & {
  readonly untilMs?: number;
  readonly slot?: string;
  readonly tables?: readonly string[];
  readonly part?: 'whole' | 'urgent';
};

/** A database with what db-maintenance needs, and the job's own role in it. */
export async function startMaintenanceStage(major: PostgresMajor) {
  const cluster = await startEmbeddedCluster(major);
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-test-'));
  await cluster.createDatabase('tidy');
  const open: Client[] = [];
  const connect = async (config: ConstructorParameters<typeof Client>[0]) => {
    const client = new Client(config);
    client.on('error', () => undefined);
    await client.connect();
    open.push(client);
    return client;
  };
  const owner = await connect(cluster.config('tidy'));
  for (const { sql } of await readMigrations('up')) await owner.query(sql);
  await owner.query(/* sql */ `
    ALTER ROLE nightshift LOGIN PASSWORD 'nightshift-secret';
    CREATE ROLE app LOGIN PASSWORD 'app-secret';
    GRANT app TO nightshift;
    CREATE ROLE stranger LOGIN PASSWORD 'stranger-secret';
    GRANT CREATE ON SCHEMA public TO app, stranger`);
  const options = {
    ...(await jobConnection(cluster, 'tidy', folder)),
    credentials: { user: 'nightshift', password: 'nightshift-secret' },
  };
  const reach: Reach = {
    options,
    allocatedGiB: 100,
    connect: (use) => withConnection(options, use),
  };
  return {
    cluster,
    owner,
    reach,
    as: (user: string) => connect({ ...cluster.config('tidy'), user, password: `${user}-secret` }),
    /** One shift of a phase, as the job works it. */
    work: (phase: Phase, settings: Settings = {}, more: More = {}, reached = reach) =>
      shift(phase, settings, more, reached),
    /** VACUUM of one table, whatever the plan thinks of it. */
    act: (table: { readonly id: string; readonly schema: string; readonly name: string }) =>
      vacuumOne(reach, table),
    stop: async () => {
      await Promise.all(open.map((client) => client.end()));
      await cluster.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type MaintenanceStage = Awaited<ReturnType<typeof startMaintenanceStage>>;

let slots = 0;

/** No two runs of a test file are of one slot. */
function nextSlot(): string {
  slots += 1;
  return `night-${slots}`;
}

function shift(phase: Phase, settings: Settings, more: More, reach: Reach): Promise<ShiftResult> {
  const { untilMs = 60_000, slot = nextSlot(), tables = null, part = 'whole', ...before } = more;
  const { log, request } = jobOf(settings, slot, tables);
  const job = { log, request: { ...request, part } };
  const nothing = { phase, tried: [], checkedBytes: 0, pending: null, measured: {} };
  return workShift(job, reach, { ...nothing, ...before }, Date.now() + untilMs);
}

function jobOf(settings: Settings, slot: string, tables: readonly string[] | null = null): ActingJob {
  const always = { from: '00:00', hours: 24 };
  return {
    log: { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined },
    request: {
      database: 'menotime',
      instance: 'menotime-prod',
      trigger: 'by hand',
      dryRun: false,
      slot,
      part: 'whole',
      tables,
      end: null,
      settings: dbMaintenance.parse({ window: always, ...(settings as object) }),
    },
  };
}

function vacuumOne(
  reach: Reach,
  table: { readonly id: string; readonly schema: string; readonly name: string },
) {
  const job = jobOf({}, nextSlot());
  const action = {
    ...{ kind: 'vacuum' as const, target: table.name, reason: 'a test', bytes: 0, expectedSeconds: null },
    ...{
      id: table.id,
      schema: table.schema,
      name: table.name,
      freeze: false,
      truncate: true,
      isPartitioned: false,
    },
  };
  const order = { slot: job.request.slot, major: 15, checkSchema: null, settings: job.request.settings };
  return act(job, reach, action, order, Date.now() + 60_000);
}
