import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MatviewRefreshReport } from '../../../../functions/matview-refresh/report.ts';
import { withCheckpointServer } from '../../../../infra/local/lambda/durable-environment.ts';
import { lambdaContext } from '../../../../infra/local/lambda/lambda-context.ts';
import { checkpointBytes } from '../../../../shared/job/checkpoint.ts';
import type { SlotResult } from '../../../../shared/job/run-slot.ts';
import { withDatabaseOf } from '../../../support/demo-database.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { rounds } from '../../../support/long-runs.ts';
import { makeViewGraph } from '../../../support/view-graphs.ts';

const views = rounds(120, 2_000);
const patience = rounds(120_000, 3_600_000);
const before = { ...process.env };

let stage: JobStage;
beforeAll(async () => {
  stage = await startJobStage({ refreshing: { settleSeconds: 60 } });
  await withDatabaseOf(stage, async (client) => {
    // Who owns them is not in question here.
    await client.query('ALTER ROLE nightshift SUPERUSER');
    await makeViewGraph(client, { views, levels: 8, seed: 4_711 });
  });
  // Two lines for each view would bury what is measured.
  const quiet = { POWERTOOLS_LOG_LEVEL: 'SILENT', POWERTOOLS_METRICS_DISABLED: 'true' };
  Object.assign(process.env, stage.environment, quiet);
}, patience);
afterAll(async () => {
  process.env = before;
  await stage?.stop();
});

/** Runs the handler in this process, so that its checkpoints can be measured. */
async function run(event: object) {
  const began = performance.now();
  const module = (await import('../../../../functions/matview-refresh/handler.ts')) as {
    handler: DurableLambdaHandler;
  };
  const result = await withCheckpointServer(() =>
    new LocalDurableTestRunner<SlotResult<MatviewRefreshReport>>({
      handlerFunction: (input) =>
        module.handler(input, lambdaContext(stage.names.functionName('matview-refresh'))),
    }).run({ payload: { database: 'menotime', ...event } }),
  );
  const answer = result.getResult();
  const sizes = result.getOperations().map((operation) => ({
    name: String(operation.getName()),
    bytes: JSON.stringify(operation.getStepDetails()?.result ?? null).length,
  }));
  const largest = sizes.toSorted((a, b) => b.bytes - a.bytes)[0] ?? { name: '', bytes: 0 };
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const memory = Math.round(process.memoryUsage().rss / 1e6);
  process.stdout.write(
    `${views} views, ${JSON.stringify(event)}: ${seconds} s, ${memory} MB with the test; the largest checkpoint, of "${largest.name}", ${largest.bytes} bytes\n`,
  );
  expect(largest.bytes).toBeLessThan(checkpointBytes);
  expect(sizes.length).toBeLessThan(20);
  if (answer?.kind === 'planned') return answer.report;
  if (answer?.kind !== 'done' || !answer.record.report) throw new Error(JSON.stringify(answer));
  return answer.record.report;
}

test(
  'views by the thousand are planned, refreshed and skipped within the bounds of checkpoints',
  async () => {
    const all = views + 3;
    const plan = await run({ dryRun: true });
    expect(plan.views).toHaveLength(all);
    const first = await run({ label: 'first' });
    expect(first).toMatchObject({ counts: { refreshed: all, skipped: 0, failed: 0 }, stale: [] });
    const unchanged = await run({ label: 'unchanged' });
    expect(unchanged).toMatchObject({ counts: { refreshed: 0, skipped: all, failed: 0 } });
    expect(unchanged.views.length).toBe(Math.min(all, 500));
  },
  patience,
);
