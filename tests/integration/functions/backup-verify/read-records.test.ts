import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { VerifyJob } from '../../../../functions/backup-verify/job.ts';
import { readDrills, readPast } from '../../../../functions/backup-verify/read-records.ts';
import { startStack } from '../../../../infra/local/stack.ts';
import { type RunRecord, runRecordKey } from '../../../../shared/job/run-record.ts';
import { recoveryTrigger } from '../../../../shared/verify/drill-report.ts';
import { localClients } from '../../../support/local-clients.ts';

let stack: Awaited<ReturnType<typeof startStack>>;
let clients: ReturnType<typeof localClients>;
/** Each test has a database of its own. */
let database = '';
let tests = 0;

beforeAll(async () => {
  stack = await startStack({ buckets: [{ name: 'backups', region: 'us-west-1' }] });
  clients = localClients({ endpoint: stack.endpoint });
}, 60_000);
beforeEach(() => {
  tests += 1;
  database = `shop-${tests}`;
});
afterAll(async () => {
  clients?.destroyAll();
  await stack?.stop();
});

const job = () =>
  ({
    stage: 'prod',
    aws: { s3: clients.s3 },
    names: { backupBucket: 'backups' },
    request: { database },
  }) as unknown as VerifyJob;

const drillOf = (snapshot: string) => ({
  kind: 'drill',
  snapshot,
  restoredTo: '2026-03-15T03:05:00.000Z',
  recoverySeconds: 60,
  recoveryTimeMinutes: 10,
  findings: [],
});

async function record(change: Partial<RunRecord>): Promise<void> {
  const at = `2026-03-${10 + tests}T07:00:00.000Z`;
  const times = { startedAt: at, endedAt: at, executionArn: 'arn' };
  const whole: RunRecord = {
    version: 1,
    job: 'restore-drill',
    stage: 'prod',
    database,
    slot: '2026-03-15',
    trigger: 'by its schedule',
    status: 'succeeded',
    ...times,
    ...change,
  };
  const Body = JSON.stringify(whole);
  await clients.s3.send(new PutObjectCommand({ Bucket: 'backups', Key: runRecordKey(whole), Body }));
}

const failed = {
  status: 'failed',
  error: { name: 'PreconditionError', message: 'No such snapshot.' },
} as const;

describe('a real restore that failed before it restored anything is no drill that failed', () => {
  test.each([
    ['by how it was started', { slot: 'after-the-accident', trigger: recoveryTrigger }],
    ['an older record, by its slot', { slot: 'recovery-20260315-0812', trigger: 'by hand' }],
  ])('%s', async (_, change) => {
    await record({ report: drillOf('good') });
    await record({ ...failed, ...change });
    expect(await readDrills(job())).toMatchObject({ lastSuccess: { slot: '2026-03-15' }, failedSince: null });
  });

  test('a drill by hand that failed so is one', async () => {
    await record({ report: drillOf('good') });
    await record({ ...failed, slot: 'once-more', trigger: 'by hand' });
    expect(await readDrills(job())).toMatchObject({
      lastSuccess: { slot: '2026-03-15' },
      failedSince: { slot: 'once-more', reason: 'No such snapshot.' },
    });
  });
});

describe('another stage in the same bucket', () => {
  test('proves nothing with its drills, and its failures are its own', async () => {
    await record({ report: drillOf('good') });
    await record({ stage: 'test', slot: '2026-03-16', report: drillOf('theirs') });
    await record({ stage: 'test', ...failed, slot: '2026-03-17' });
    expect(await readDrills(job())).toMatchObject({
      lastSuccess: { slot: '2026-03-15', report: { snapshot: 'good' } },
      failedSince: null,
    });
  });

  test('leaves no past to these checks', async () => {
    const report = {
      kind: 'run',
      verdict: { kind: 'restorable' },
      findings: [],
      measured: { earliestRestorable: null },
      history: [],
      lags: [],
      sharedSnapshots: [],
    };
    await record({ job: 'backup-verify', slot: '2026-03-15', report });
    await record({ job: 'backup-verify', stage: 'test', slot: '2026-03-16', report });
    expect(await readPast(job())).toMatchObject({ slot: '2026-03-15' });
  });
});
