import type { MatviewRefreshReport } from '../functions/matview-refresh/report.ts';
import { withConnection } from '../infra/local/postgres/connection.ts';
import type { SlotResult } from '../shared/job/run-slot.ts';
import type { Progress } from './progress.ts';
import { runWithProgress } from './run-job.ts';
import type { Target } from './target.ts';

/** A row more in one table, and the views that were refreshed by it. */
export interface ChangedTable {
  readonly statement: string;
  readonly result: SlotResult<MatviewRefreshReport>;
}

const table = 'public.scenario_metrics';
const statement = `INSERT INTO ${table}
  SELECT gen_random_uuid(), scenario_id, received_at, 'cost', 'total_usd', 1, 'usd', NULL
    FROM public.scenario_logs ORDER BY received_at DESC LIMIT 1`;

/** Changes one table of the demo database, and refreshes what it reaches. */
export async function changeOneTable(target: Target, progress: Progress): Promise<ChangedTable> {
  const { local, config } = target;
  const [database] = local?.databases ?? [];
  if (!database) throw new Error('The demo night works on the embedded stack alone.');
  const { databaseName = '' } = config.databases[database.name] ?? {};
  const live = { ...database.instance.adminConnection, database: databaseName };
  await progress.task(`A row more in ${table}`, () =>
    withConnection(live, async (client) => {
      await client.query(statement);
    }),
  );
  const result = await runWithProgress<MatviewRefreshReport>(
    target,
    {
      job: 'matview-refresh',
      event: { database: database.name, label: 'one-row-more' },
      title: 'matview-refresh, after it',
    },
    progress,
  );
  return { statement, result };
}
