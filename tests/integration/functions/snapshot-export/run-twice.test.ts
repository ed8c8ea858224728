import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type JobStage, scheduled, startJobStage } from '../../../support/job-stage.ts';
import { madeFor, readObject } from '../../../support/made.ts';

/** Resolves when the job has made its first call of that action. */
function firstCall(stage: JobStage, action: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = stage.stack.gateway.onCall((moment, call) => {
      if (moment !== 'after' || call.action !== action) return;
      stop();
      resolve();
    });
  });
}

/** Long enough for the second one to start while the first is there. */
const slow = { snapshotCreating: 1_000, exportStarting: 0, exportRunning: 1_000, copying: 0 };

describe('the same event, delivered twice', () => {
  let stage: JobStage;

  beforeAll(async () => {
    stage = await startJobStage({ delays: slow });
  });
  afterAll(() => stage?.stop());

  async function expectOneOfEach(night: string): Promise<void> {
    const made = await madeFor(stage, night);
    expect(made.snapshots).toHaveLength(1);
    expect(made.exports).toHaveLength(1);
    expect(made.copies).toHaveLength(1);
    expect(made.successes).toHaveLength(1);
    expect(made.failures).toEqual([]);
  }

  const points = [
    { point: 'before the snapshot', action: 'PutItem', night: '2026-02-01' },
    { point: 'while the snapshot is being made', action: 'CreateDBSnapshot', night: '2026-02-02' },
    { point: 'during the export', action: 'StartExportTask', night: '2026-02-03' },
  ];
  test.each(points)('$point: the second one leaves the first alone', async ({ action, night }) => {
    const reached = firstCall(stage, action);
    const first = stage.run(scheduled(night));
    await reached;
    const second = await stage.run(scheduled(night));
    expect(second).toMatchObject({ kind: 'already running' });
    expect(await first).toMatchObject({ kind: 'done', before: false });
    await expectOneOfEach(night);
  });

  test('afterwards: the second one answers the record of the first and makes nothing', async () => {
    const night = '2026-02-04';
    const first = await stage.run(scheduled(night));
    const calls = stage.stack.gateway.calls.length;
    const second = await stage.run(scheduled(night));
    expect(second).toEqual({ ...first, before: true });
    const changing = /^(Create|Copy|Start|Delete|Put(?!Item)|Publish|Add)/;
    const changes = stage.stack.gateway.calls.slice(calls).filter(({ action }) => changing.test(action));
    expect(changes).toEqual([]);
    await expectOneOfEach(night);
  });

  test('both at the same instant: one of each', async () => {
    const night = '2026-02-06';
    const both = await Promise.all([stage.run(scheduled(night)), stage.run(scheduled(night))]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(['already running', 'done']);
    await expectOneOfEach(night);
  });

  test('each manifest carries the hash of the one before', async () => {
    const { manifests } = await madeFor(stage, '2026-02-01');
    const chain = await Promise.all(manifests.map(async (key) => JSON.parse(await readObject(stage, key))));
    expect(chain.map(({ sequence }) => sequence)).toEqual(chain.map((_, index) => index + 1));
    expect(chain[0].previous).toBeNull();
    const results = chain.slice(1).map(({ previous }) => previous.key);
    expect(results).toEqual(manifests.slice(0, -1));
  });
});
