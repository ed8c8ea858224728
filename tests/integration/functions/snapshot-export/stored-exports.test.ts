import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PruningContext } from '../../../../functions/snapshot-export/job.ts';
import { readStoredExports } from '../../../../functions/snapshot-export/stored-exports.ts';
import { type LocalStack, startStack } from '../../../../infra/local/stack.ts';
import { resourceIdentifier } from '../../../../shared/job/slot.ts';
import { localClients } from '../../../support/local-clients.ts';
import { nightlyRequest } from '../../../support/snapshot-export-request.ts';

const Bucket = 'menotime-backups';
const now = new Date('2026-06-01T00:00:00Z');
const preV2 = resourceIdentifier({ stage: 'prod', database: 'menotime', slot: 'pre-v2', attempt: 1 });
let stack: LocalStack;
let clients: ReturnType<typeof localClients>;

beforeAll(async () => {
  stack = await startStack({ buckets: [{ name: Bucket, region: 'us-west-1' }] });
  clients = localClients({ endpoint: stack.endpoint });
});
afterAll(async () => {
  clients.destroyAll();
  await stack.stop();
});

/** An export's folder, with the mark of a database and slot beside it, or with none. */
async function store(exportId: string, mark?: { stage?: string; database?: string; slot: string }) {
  const { stage = 'prod', database = 'menotime', slot = '' } = mark ?? {};
  await clients.s3.send(
    new PutObjectCommand({
      Bucket,
      Key: `exports/${exportId}/menotime_prod/public.a/1/part-0.parquet`,
      Body: 'x',
    }),
  );
  if (!mark) return;
  await clients.s3.send(
    new PutObjectCommand({
      Bucket,
      Key: `exports/${exportId}/nightshift.json`,
      Body: '{}',
      Metadata: {
        'nightshift-managed-by': `nightshift-${stage}`,
        'nightshift-database': database,
        'nightshift-slot': slot,
      },
    }),
  );
}

/** The part of a job that looks at its bucket. */
const job = {
  stage: 'prod',
  request: nightlyRequest,
  names: { backupBucket: Bucket },
  get aws() {
    return { s3: clients.s3 };
  },
} as unknown as PruningContext;

test('each export is known by its own name, or else by the mark beside it; what has neither is not', async () => {
  await store('nightshift-prod-menotime-2026-05-31', { slot: '2026-05-31' });
  await store('nightshift-prod-menotime-2026-05-30-r2', { slot: '2026-05-30' });
  await store('nightshift-prod-menotime-2021-05-31', { slot: '2021-05-31' });
  await store('nightshift-prod-menotime-2021-01-01');
  await store(preV2, { slot: 'pre-v2' });
  await store('nightshift-prod-menotime-handmade');
  // Copied by hand within the bucket, with their marks.
  await store('nightshift-prod-menotime-2021-05-31-copy', { slot: '2021-05-31' });
  await store('nightshift-prod-menotime-2021-05-30', { slot: '2021-05-31' });
  await store('nightshift-prod-menotime-2020-01-01', { stage: 'dev', slot: '2020-01-01' });
  await store('nightshift-prod-ledger-2026-05-31', { database: 'ledger', slot: '2026-05-31' });
  // Its name begins as that of "menotime" does.
  await store('nightshift-prod-menotime-eu-2026-05-31', { database: 'menotime-eu', slot: '2026-05-31' });
  const found = await readStoredExports(job, now);
  expect(found.map(({ exportId, database, slot }) => [exportId, database, slot])).toEqual([
    ['nightshift-prod-menotime-2021-05-31', 'menotime', '2021-05-31'],
    ['nightshift-prod-menotime-2026-05-30-r2', 'menotime', '2026-05-30'],
    ['nightshift-prod-menotime-2026-05-31', 'menotime', '2026-05-31'],
    ['nightshift-prod-menotime-eu-2026-05-31', 'menotime-eu', '2026-05-31'],
    [preV2, 'menotime', 'pre-v2'],
  ]);
});

test('a young night costs no call of its own', async () => {
  const heads = () => stack.gateway.calls.filter(({ action }) => action === 'HeadObject').length;
  await readStoredExports(job, now);
  const before = heads();
  await store('nightshift-prod-menotime-2026-05-29', { slot: '2026-05-29' });
  await readStoredExports(job, now);
  const perRun = before / 2;
  expect(heads() - before).toBe(perRun);
});
