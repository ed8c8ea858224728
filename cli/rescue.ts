import { setTimeout as sleep } from 'node:timers/promises';
import { RDSClient } from '@aws-sdk/client-rds';
import type { ClientConfig } from 'pg';
import type { DrillRunReport } from '../functions/restore-drill/report.ts';
import { withConnection } from '../infra/local/postgres/connection.ts';
import type { SlotResult } from '../shared/job/run-slot.ts';
import { describeInstance } from '../shared/restore/describe-instances.ts';
import type { Progress } from './progress.ts';
import { runWithProgress } from './run-job.ts';
import type { Target } from './target.ts';

/** An accident on the demo database, and what point-in-time recovery brought back. */
export interface Rescue {
  readonly statement: string;
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  /** The last whole second before the accident, ISO 8601, UTC. */
  readonly targetTime: string;
  readonly rowsRestored: number;
  readonly result: SlotResult<DrillRunReport>;
}

const table = 'public.clinical_notes';
const statement = `DELETE FROM ${table}`;
const longestWaitSeconds = 60;

/** Deletes a table's rows by accident, and restores the second before it to a new instance. */
export async function rescueFromAccident(target: Target, progress: Progress): Promise<Rescue> {
  const { local } = target;
  const [database] = local?.databases ?? [];
  if (!local || !database) throw new Error('The demo night works on the embedded stack alone.');
  const { databaseName = '', instance = '' } = target.config.databases[database.name] ?? {};
  const live = { ...database.instance.adminConnection, database: databaseName };
  const accident = await progress.task(`An accident: ${statement}`, () => deleteByAccident(live));
  await progress.task('Wait until that second can be restored', () =>
    waitUntilRestorable(target, instance, accident.targetTime),
  );
  const result = await runWithProgress<DrillRunReport>(
    target,
    {
      job: 'restore-drill',
      event: { database: database.name, label: 'rescue', restore: { targetTime: accident.targetTime } },
      title: 'restore-drill, for real: the second before it',
    },
    progress,
  );
  const port = Number(addressOf(result).split(':').at(-1));
  return { statement, ...accident, rowsRestored: await countRows({ ...live, port }), result };
}

async function deleteByAccident(live: ClientConfig) {
  const rowsBefore = await countRows(live);
  const targetTime = await withConnection(live, async (client) => {
    const { rows } = await client.query<{ second: Date }>(
      "SELECT date_trunc('second', clock_timestamp()) + interval '1 second' AS second",
    );
    // RDS restores whole seconds: the accident must lie in a later one.
    await client.query('SELECT pg_sleep(1.5)');
    await client.query(statement);
    return rows[0]?.second.toISOString() ?? '';
  });
  return { rowsBefore, targetTime, rowsAfter: await countRows(live) };
}

function countRows(connection: ClientConfig): Promise<number> {
  return withConnection(connection, async (client) => {
    const { rows } = await client.query<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
    return rows[0]?.count ?? 0;
  });
}

async function waitUntilRestorable(
  { config, environment }: Target,
  instance: string,
  time: string,
): Promise<void> {
  const rds = new RDSClient({
    region: config.region,
    ...(environment.AWS_ENDPOINT_URL && { endpoint: environment.AWS_ENDPOINT_URL }),
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? '',
    },
  });
  try {
    for (let waited = 0; waited < longestWaitSeconds * 10; waited += 1) {
      const { latestRestorableTime } = (await describeInstance(rds, instance)) ?? {};
      if (latestRestorableTime && Date.parse(latestRestorableTime) >= Date.parse(time)) return;
      await sleep(100);
    }
  } finally {
    rds.destroy();
  }
  throw new Error(`${time} did not become restorable within ${longestWaitSeconds} s.`);
}

function addressOf(result: SlotResult<DrillRunReport>): string {
  const address = result.kind === 'done' ? result.record.report?.address : null;
  if (address) return address;
  throw new Error(`The restore told no address: ${JSON.stringify(result)}`);
}
