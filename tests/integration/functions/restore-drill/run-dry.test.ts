import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { restoredNames, scheduledDrill } from '../../../support/drills.ts';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { listKeys } from '../../../support/made.ts';

let stage: JobStage;
let snapshot: string;
beforeAll(async () => {
  stage = await startJobStage();
  snapshot = await stage.stack.rds.takeAutomatedSnapshot('menotime-demo');
});
afterAll(() => stage?.stop());

/** Every call that only looks. */
const looking = /^(Describe|List|Get|Head)/;

const events = [
  {
    what: 'a drill',
    event: scheduledDrill('2026-01-04'),
    actions: [{ kind: 'restore snapshot' }, { kind: 'delete instance' }],
  },
  {
    what: 'a real restore',
    event: { database: 'menotime', restore: { snapshot: 'latest' } },
    actions: [{ kind: 'take safety snapshot' }, { kind: 'restore snapshot' }],
  },
];

test.each(events)(
  'a dry run of $what answers the plan, and makes no call that changes anything',
  async (each) => {
    const { calls } = stage.stack.gateway;
    const from = calls.length;
    const result = await stage.drill({ ...each.event, dryRun: true });
    expect(result).toMatchObject({
      kind: 'planned',
      report: {
        kind: 'plan',
        restoredTo: expect.stringMatching(/Z$/),
        estimatedCost: [{ dollars: expect.any(Number) }, { dollars: expect.any(Number) }],
      },
    });
    const { actions } = (result.kind === 'planned' ? result.report : {}) as { actions: { reason: string }[] };
    expect(actions).toMatchObject(each.actions);
    expect(JSON.stringify(actions)).toContain(snapshot);
    const made = calls.slice(from).map(({ action }) => action);
    expect(made).toContain('DescribeDBInstances');
    expect(made.filter((action) => !looking.test(action))).toEqual([]);
    expect(await restoredNames(stage.clients.rds)).toEqual([]);
    expect(await listKeys(stage.clients.s3, stage.names.backupBucket)).toEqual([]);
  },
);
