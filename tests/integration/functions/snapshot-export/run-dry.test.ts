import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type JobStage, scheduled, startJobStage } from '../../../support/job-stage.ts';
import { madeFor } from '../../../support/made.ts';

let stage: JobStage;

beforeAll(async () => {
  stage = await startJobStage();
});
afterAll(() => stage?.stop());

/** Every call that only looks. */
const looking = /^(Describe|List|Get|Head)/;

test('a dry run answers the plan with reasons and costs, and makes no call that could change anything', async () => {
  const { calls } = stage.stack.gateway;
  const from = calls.length;
  const result = await stage.run({ ...scheduled('2026-08-01'), dryRun: true });
  expect(result).toMatchObject({
    kind: 'planned',
    report: {
      actions: [{ kind: 'take snapshot' }, { kind: 'start export' }, { kind: 'copy snapshot' }],
      estimatedCost: expect.arrayContaining([{ what: 'export', dollars: expect.any(Number) }]),
    },
  });
  const made = calls.slice(from).map(({ action }) => action);
  expect(made.length).toBeGreaterThan(3);
  expect(made.filter((action) => !looking.test(action))).toEqual([]);
  expect((await madeFor(stage, '2026-08-01')).keys).toEqual([]);
});

test('a dry run that cannot ask the second region says so, instead of a plan without it', async () => {
  stage.stack.gateway.faults.order({ effect: { kind: 'deny' }, service: 'rds', region: 'us-east-1' });
  const run = stage.run({ ...scheduled('2026-08-02'), dryRun: true });
  await expect(run.finally(() => stage.stack.gateway.faults.clear())).rejects.toThrow(/us-east-1/);
});
