import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { claimsTable } from '../../../../infra/local/aws/claims-table.ts';
import { type LocalStack, startStack } from '../../../../infra/local/stack.ts';
import { type ClaimRequest, claimSlot } from '../../../../shared/job/claim.ts';
import { localClients } from '../../../support/local-clients.ts';
import { patienceMs, rounds } from '../../../support/long-runs.ts';

const table = 'nightshift-prod-claims';
let stack: LocalStack;
let clients: ReturnType<typeof localClients>;
let slots = 0;
let request: ClaimRequest;

beforeAll(async () => {
  stack = await startStack({ tables: [claimsTable(table)], regions: ['us-west-1'] });
  clients = localClients({ endpoint: stack.endpoint, maxAttempts: 3 });
});
afterAll(async () => {
  clients.destroyAll();
  await stack.stop();
});
beforeEach(() => {
  slots += 1;
  request = {
    table,
    job: 'snapshot-export',
    database: 'menotime',
    slot: `slot-${slots}`,
    executionArn: 'arn:none',
    now: new Date('2026-01-02T03:30:00Z'),
  };
});

let executions = 0;
/** An execution that Lambda knows, in this state. */
function execution(status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'STOPPED'): string {
  const arn = `arn:aws:lambda:us-west-1:111122223333:function:f:1/durable-execution/e/${++executions}`;
  stack.executions.report({ arn, functionName: 'f', pid: process.pid, status });
  return arn;
}
const claim = (executionArn: string, more: Partial<ClaimRequest> = {}) =>
  claimSlot(clients.dynamo, clients.lambda, { ...request, ...more, executionArn });

test('the first one has the slot; the second one is told who has it while that one runs', async () => {
  const first = execution('RUNNING');
  expect(await claim(first)).toEqual({ kind: 'ours' });
  expect(await claim(execution('RUNNING'))).toEqual({ kind: 'held', by: first });
  expect(await claim(first)).toEqual({ kind: 'ours' });
});

test('a claim says whose it is and since when, and goes after thirty days', async () => {
  const arn = execution('RUNNING');
  await claim(arn);
  const { Item } = await clients.dynamo.send(
    new GetItemCommand({
      TableName: table,
      Key: { claim: { S: `snapshot-export#menotime#${request.slot}` } },
    }),
  );
  expect(Item).toEqual({
    claim: { S: `snapshot-export#menotime#${request.slot}` },
    executionArn: { S: arn },
    claimedAt: { S: '2026-01-02T03:30:00.000Z' },
    expiresAt: { N: String(Date.parse('2026-02-01T03:30:00Z') / 1_000) },
  });
});

test.each(['job', 'database', 'slot'] as const)('another %s is another claim', async (part) => {
  await claim(execution('RUNNING'));
  expect(await claim(execution('RUNNING'), { [part]: 'another' })).toEqual({ kind: 'ours' });
});

describe('one that no longer runs is taken over', () => {
  test.each(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'STOPPED'] as const)('having %s', async (status) => {
    await claim(execution(status));
    const next = execution('RUNNING');
    expect(await claim(next)).toEqual({ kind: 'ours' });
    expect(await claim(execution('RUNNING'))).toEqual({ kind: 'held', by: next });
  });

  test('and one that Lambda does not know any more', async () => {
    await claim('arn:aws:lambda:us-west-1:111122223333:function:f:1/durable-execution/e/forgotten');
    expect(await claim(execution('RUNNING'))).toEqual({ kind: 'ours' });
  });

  test('but not one of which Lambda could not be asked', async () => {
    await claim(execution('FAILED'));
    const fault = stack.gateway.faults.order({ effect: { kind: 'deny' }, service: 'lambda' });
    await expect(claim(execution('RUNNING'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
    fault.cancel();
  });
});

describe('of several at once exactly one wins', () => {
  async function race(prepare: (slot: string) => Promise<unknown>) {
    for (let round = 0; round < rounds(15, 300); round += 1) {
      const slot = `${request.slot}-race-${round}`;
      await prepare(slot);
      const arns = [execution('RUNNING'), execution('RUNNING'), execution('RUNNING')];
      const answers = await Promise.all(arns.map((arn) => claim(arn, { slot })));
      const winners = arns.filter((_arn, at) => answers[at]?.kind === 'ours');
      expect(winners).toHaveLength(1);
      for (const answer of answers) {
        if (answer.kind === 'held') expect(answer.by).toBe(winners[0]);
      }
    }
  }

  test('where nobody had the slot', () => race(async () => undefined), patienceMs);
  test('where its owner is dead', () => race((slot) => claim(execution('FAILED'), { slot })), patienceMs);
});

test('a claim whose answer was lost is still ours', async () => {
  const fault = stack.gateway.faults.order({
    effect: { kind: 'cut', when: 'after' },
    service: 'dynamodb',
    action: 'PutItem',
    times: 1,
  });
  expect(await claim(execution('RUNNING'))).toEqual({ kind: 'ours' });
  expect(fault.fired).toBe(1);
});
