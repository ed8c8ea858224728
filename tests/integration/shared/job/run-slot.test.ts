import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readText } from '../../../../shared/aws/objects.ts';
import { FailedRunError, ServiceError } from '../../../../shared/job/errors.ts';
import { type RunRecord, readSuccess } from '../../../../shared/job/run-record.ts';
import type { SlotRequest } from '../../../../shared/job/run-slot.ts';
import { type Story, startSlotRuns } from '../../../support/slot-runs.ts';

let runs: Awaited<ReturnType<typeof startSlotRuns>>;
let slots = 0;
let request: SlotRequest;
let written: ReturnType<typeof watchOutput>;

beforeAll(async () => {
  runs = await startSlotRuns();
});
afterAll(() => runs.stop());
beforeEach(async () => {
  slots += 1;
  request = { database: 'menotime', slot: `slot-${slots}`, trigger: 'by hand', dryRun: false };
  runs.stack.gateway.faults.clear();
  await runs.told();
  written = watchOutput();
});
afterEach(() => written.mockRestore());

const watchOutput = () => jest.spyOn(process.stdout, 'write').mockReturnValue(true);

/** The names of the metrics that were written, in order. */
function counted(): string[] {
  const lines = written.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('"_aws"'));
  return lines.flatMap((line) =>
    JSON.parse(line)._aws.CloudWatchMetrics.flatMap(({ Metrics }: { Metrics: { Name: string }[] }) =>
      Metrics.map(({ Name }) => Name),
    ),
  );
}

const good: Story = async () => ({
  report: { rows: 7 },
  measurements: [{ name: 'RowsExported', unit: 'Count', value: 7 }],
  message: { subject: 'Nightshift prod: menotime backed up', text: 'all of it' },
});
const bad: Story = async (job) =>
  job.step('export', () => Promise.reject(new ServiceError('The export ended as FAILED.')));
const neverRun: Story = () => Promise.reject(new Error('this story must not run'));

/** Every record of the slot, by the last part of its key. */
async function records(): Promise<Record<string, RunRecord>> {
  const Prefix = `runs/snapshot-export/menotime/${request.slot}`;
  const Bucket = runs.names.backupBucket;
  const { Contents = [] } = await runs.clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  const found = await Promise.all(
    Contents.map(async ({ Key = '' }) => {
      const text = await readText(runs.clients.s3, { bucket: Bucket, key: Key });
      return [Key.slice(Prefix.length), JSON.parse(text ?? 'null')] as const;
    }),
  );
  return Object.fromEntries(found);
}

const callsSince = (from: number) => runs.stack.gateway.calls.slice(from).map(({ action }) => action);

describe('a run that succeeds', () => {
  test('is recorded and told, in full', async () => {
    const result = await runs.run(request, good);
    const record = {
      version: 1,
      job: 'snapshot-export',
      stage: 'prod',
      database: 'menotime',
      slot: request.slot,
      trigger: 'by hand',
      status: 'succeeded',
      startedAt: expect.any(String),
      endedAt: expect.any(String),
      executionArn: expect.any(String),
      report: { rows: 7 },
    };
    expect(result).toEqual({ kind: 'done', before: false, record });
    expect(await records()).toEqual({ '.json': record });
    expect(await runs.told()).toEqual([
      {
        subject: 'Nightshift prod: menotime backed up',
        text: 'all of it',
        attributes: { job: 'snapshot-export', database: 'menotime', slot: request.slot, status: 'succeeded' },
      },
    ]);
  });

  test('and has nothing to tell is counted and recorded alone', async () => {
    await runs.run(request, async (job) => ({ ...(await good(job)), message: null }));
    expect(await runs.told()).toEqual([]);
    expect(counted()).toEqual(['LabelledRunSucceeded', 'RunDuration', 'RowsExported']);
    expect(Object.keys(await records())).toEqual(['.json']);
  });

  test('is told before it is recorded, so that no success goes untold', async () => {
    const from = runs.stack.gateway.calls.length;
    await runs.run(request, good);
    const actions = callsSince(from);
    expect(actions.indexOf('Publish')).toBeLessThan(actions.indexOf('PutObject'));
    expect(actions.indexOf('Publish')).toBeGreaterThan(actions.indexOf('PutItem'));
  });

  test.each(['2026-01-02', '2026-01-02-0600'])('of a schedule counts as its success: %s', async (slot) => {
    await runs.run({ ...request, slot }, good);
    expect(counted()).toEqual(['RunSucceeded', 'RunDuration', 'RowsExported']);
  });

  test('of a label does not pass for the night’s', async () => {
    await runs.run(request, good);
    expect(counted()).toEqual(['LabelledRunSucceeded', 'RunDuration', 'RowsExported']);
  });

  test('runs once: a second start is answered with the record of the first', async () => {
    await runs.run(request, good);
    await runs.told();
    const first = await readSuccess(runs.clients.s3, runs.names.backupBucket, {
      job: 'snapshot-export',
      ...request,
    });
    expect(await runs.run(request, neverRun)).toEqual({ kind: 'done', before: true, record: first });
    expect(await runs.told()).toEqual([]);
  });
});

test('a run whose slot another execution has ends at once, and says whose it is', async () => {
  const started = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const slow: Story = async (job) => {
    await job.step('wait', async () => {
      started.resolve();
      await opened.promise;
    });
    return good(job);
  };
  const first = runs.run(request, slow);
  await started.promise;
  const second = await runs.run(request, neverRun);
  opened.resolve();
  const done = await first;
  expect(done).toMatchObject({ kind: 'done', before: false });
  const executionArn = done.kind === 'done' ? done.record.executionArn : '';
  expect(second).toEqual({ kind: 'already running', by: executionArn });
});

describe('a run that fails', () => {
  test('is recorded, told and thrown, with the error’s own name and words', async () => {
    await expect(runs.run(request, bad)).rejects.toMatchObject({
      name: 'ServiceError',
      message: 'The export ended as FAILED.',
    });
    const found = Object.entries(await records());
    expect(found).toHaveLength(1);
    expect(found[0]?.[0]).toMatch(/^\.failed-\d{4}-\d{2}-\d{2}T\d{9}Z\.json$/);
    expect(found[0]?.[1]).toMatchObject({
      status: 'failed',
      error: { name: 'ServiceError', message: 'The export ended as FAILED.' },
    });
    expect(found[0]?.[1]).not.toHaveProperty('report');
    const [message] = await runs.told();
    expect(message).toMatchObject({
      subject: 'Nightshift prod: snapshot-export of menotime failed',
      attributes: { status: 'failed', database: 'menotime', job: 'snapshot-export' },
    });
    expect(message?.text).toContain('The export ended as FAILED.');
    expect(message?.text).toContain('docs/runbooks/snapshot-export.md');
  });

  test('keeps and counts what it has found nonetheless', async () => {
    const measurements = [{ name: 'RowsRead', unit: 'Count', value: 3 }] as const;
    const found: Story = () => {
      throw new FailedRunError('Two rows are wrong.', { report: { wrong: 2 }, measurements });
    };
    await expect(runs.run(request, found)).rejects.toThrow('Two rows are wrong.');
    expect(Object.values(await records())).toMatchObject([{ status: 'failed', report: { wrong: 2 } }]);
    expect(counted()).toEqual(['RunFailed', 'RunDuration', 'RowsRead']);
  });

  test('may be started again, and then succeed; the failure stays on record', async () => {
    await expect(runs.run(request, bad)).rejects.toThrow();
    expect(await runs.run(request, good)).toMatchObject({ kind: 'done', before: false });
    expect(Object.keys(await records())).toEqual(
      expect.arrayContaining(['.json', expect.stringMatching(/^\.failed-/)]),
    );
  });

  test('and cannot be recorded is counted and told all the same, and says both', async () => {
    runs.stack.gateway.faults.order({ effect: { kind: 'deny' }, service: 's3', action: 'PutObject' });
    await expect(runs.run(request, bad)).rejects.toMatchObject({
      message: expect.stringMatching(
        /^The export ended as FAILED\.\nBesides, this failure could not be recorded or told in full: /,
      ),
    });
    expect(counted()).toEqual(['RunFailed', 'RunDuration']);
    expect(await runs.told()).toMatchObject([{ attributes: { status: 'failed' } }]);
  });

  test('and cannot be told is counted and recorded all the same, and says both', async () => {
    runs.stack.gateway.faults.order({ effect: { kind: 'deny' }, service: 'sns' });
    await expect(runs.run(request, bad)).rejects.toThrow(/^The export ended as FAILED\.\nBesides, /);
    expect(counted()).toEqual(['RunFailed', 'RunDuration']);
    expect(Object.values(await records())).toMatchObject([{ status: 'failed' }]);
  });

  test('because its success could not be told is no success', async () => {
    runs.stack.gateway.faults.order({ effect: { kind: 'deny' }, service: 'sns', times: 1 });
    await expect(runs.run(request, good)).rejects.toThrow(/not authorized/);
    expect(counted()).toEqual(['RunFailed', 'RunDuration']);
    expect(Object.values(await records())).toMatchObject([{ status: 'failed' }]);
    expect(await runs.told()).toMatchObject([{ attributes: { status: 'failed' } }]);
  });
});

describe('a run that cannot begin', () => {
  test('since the slot cannot be claimed, is counted, told and recorded', async () => {
    runs.stack.gateway.faults.order({ effect: { kind: 'deny' }, service: 'dynamodb' });
    await expect(runs.run(request, neverRun)).rejects.toThrow(/not authorized/);
    expect(counted()).toEqual(['RunFailed', 'RunDuration']);
    expect(await runs.told()).toMatchObject([{ attributes: { status: 'failed' } }]);
    expect(Object.values(await records())).toMatchObject([{ status: 'failed' }]);
  });

  test('since S3 is denied, is counted and told', async () => {
    runs.stack.gateway.faults.order({ effect: { kind: 'deny' }, service: 's3' });
    await expect(runs.run(request, neverRun)).rejects.toThrow(
      /\nBesides, this failure could not be recorded/,
    );
    runs.stack.gateway.faults.clear();
    expect(counted()).toEqual(['RunFailed', 'RunDuration']);
    expect(await runs.told()).toMatchObject([{ attributes: { status: 'failed' } }]);
    expect(await records()).toEqual({});
  });
});

test('a plan alone claims nothing, records nothing and tells nobody', async () => {
  const from = runs.stack.gateway.calls.length;
  expect(await runs.run({ ...request, dryRun: true }, good)).toEqual({
    kind: 'planned',
    report: { rows: 7 },
  });
  expect(callsSince(from)).toEqual([]);
});
