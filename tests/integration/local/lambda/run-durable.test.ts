import {
  type DurableContext,
  type DurableLambdaHandler,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import middy from '@middy/core';
import { executionModeDurableContext } from '@middy/core/DurableContext';
import { runDurable } from '../../../../infra/local/lambda/run-durable.ts';
import { type LocalStack, startStack } from '../../../../infra/local/stack.ts';

let stack: LocalStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.stop());

test('a middy durable handler steps, waits, polls a condition, and gives its result', async () => {
  const invocations: string[] = [];
  const handler = middy<{ slot: string }, unknown, Error, DurableContext>({
    executionMode: executionModeDurableContext,
    // Else each suspended invocation leaves a timer of 15 minutes behind, which then "aborts" it.
    timeoutEarlyInMillis: 0,
  })
    .before(({ event }) => {
      invocations.push(JSON.stringify(event));
    })
    .handler(async (event: { slot: string }, context: DurableContext) => {
      const started = await context.step('start', async () => `export-${event.slot}`);
      await context.wait('rest', { seconds: 1 });
      const polls = await context.waitForCondition('complete', async (count: number) => count + 1, {
        initialState: 0,
        waitStrategy: (count) =>
          count >= 2 ? { shouldContinue: false } : { shouldContinue: true, delay: { seconds: 1 } },
      });
      return { started, polls };
    });
  const result = await runDurable({
    // Middy types the handler that it is given, not the durable one that it makes of it.
    handler: handler as unknown as DurableLambdaHandler,
    event: { slot: '2026-01-02' },
    functionName: 'snapshot-export',
    register: stack.endpoint,
  });
  expect(result).toEqual({ started: 'export-2026-01-02', polls: 2 });
  expect(invocations.length).toBeGreaterThan(1);
  expect(new Set(invocations)).toEqual(new Set(['{"slot":"2026-01-02"}']));
});

class SnapshotQuotaError extends Error {
  override readonly name = 'SnapshotQuotaError';
}

describe('a failing execution', () => {
  test('throws the error with its name and message, and is FAILED', async () => {
    const wrapped = middy({ executionMode: executionModeDurableContext }).handler(async () => {
      throw new SnapshotQuotaError('100 manual snapshots in us-west-1');
    });
    const handler = wrapped as unknown as DurableLambdaHandler;
    const run = runDurable({ handler, event: {}, functionName: 'failing', register: stack.endpoint });
    await expect(run).rejects.toMatchObject({
      name: 'SnapshotQuotaError',
      message: '100 manual snapshots in us-west-1',
    });
    expect(stack.executions.list().find(({ functionName }) => functionName === 'failing')?.status).toBe(
      'FAILED',
    );
  });
});

describe('the execution as Lambda tells of it', () => {
  test('is RUNNING under its ARN and this process while the handler runs, SUCCEEDED afterwards', async () => {
    const seen: unknown[] = [];
    const handler = withDurableExecution(async (_event: unknown, context: DurableContext) => {
      const arn = context.executionContext.durableExecutionArn;
      seen.push(stack.executions.find(arn));
      return arn;
    });
    const arn = await runDurable<string>({
      handler,
      event: {},
      functionName: 'seen',
      register: stack.endpoint,
    });
    expect(seen).toEqual([
      { arn, functionName: 'seen', pid: process.pid, status: 'RUNNING', startedAt: expect.any(Date) },
    ]);
    expect(stack.executions.find(arn)).toMatchObject({ status: 'SUCCEEDED', endedAt: expect.any(Date) });
  });

  test('two at once have ARNs of their own', async () => {
    const handler = withDurableExecution(async (_event: unknown, context: DurableContext) => {
      await context.wait('a while', { seconds: 1 });
      return context.executionContext.durableExecutionArn;
    });
    const run = () =>
      runDurable<string>({ handler, event: {}, functionName: 'both', register: stack.endpoint });
    const arns = await Promise.all([run(), run()]);
    expect(new Set(arns).size).toBe(2);
  });

  test('a gateway that is not there fails the run with the endpoint named', async () => {
    let reached = false;
    const handler = withDurableExecution(async () => {
      reached = true;
    });
    const run = runDurable({ handler, event: {}, functionName: 'lost', register: 'http://127.0.0.1:1' });
    await expect(run).rejects.toThrow('http://127.0.0.1:1');
    expect(reached).toBe(false);
  });
});

test('the handler sees its function, and the time left of the invocation running down', async () => {
  const handler = withDurableExecution(async (_event: unknown, { lambdaContext }: DurableContext) => {
    return { name: lambdaContext.functionName, left: lambdaContext.getRemainingTimeInMillis() };
  });
  const run = { handler, event: {}, functionName: 'db-maintenance', register: false as const };
  const { name, left } = await runDurable<{ name: string; left: number }>({
    ...run,
    timeoutMilliseconds: 60_000,
  });
  expect(name).toBe('db-maintenance');
  expect(left).toBeLessThanOrEqual(60_000);
  expect(left).toBeGreaterThan(0);
});

test('context.invoke reaches a plain function', async () => {
  const handler = withDurableExecution(async (event: { n: number }, context: DurableContext) =>
    context.invoke('double', 'double', event),
  );
  const functions = { double: async ({ n }: { n: number }) => ({ n: n * 2 }) };
  const result = await runDurable({
    handler,
    event: { n: 4 },
    functionName: 'caller',
    register: false,
    functions,
  });
  expect(result).toEqual({ n: 8 });
});
