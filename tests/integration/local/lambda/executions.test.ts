import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { GetDurableExecutionCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalStack, startStack } from '../../../../infra/local/stack.ts';
import { localClients } from '../../../support/local-clients.ts';

let stack: LocalStack;
let clients: ReturnType<typeof localClients>;

beforeAll(async () => {
  stack = await startStack();
  clients = localClients({ endpoint: stack.endpoint });
});

afterAll(async () => {
  clients.destroyAll();
  await stack.stop();
});

const describeExecution = (arn: string) =>
  clients.lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn: arn }));

/** Starts a durable run in another process and resolves once its first step has told the ARN. */
async function startRun(
  seconds: number,
): Promise<{ child: ChildProcess; arn: string; exited: Promise<unknown[]> }> {
  const script = join(import.meta.dirname, 'killed-process.ts');
  const child = spawn(process.execPath, [script, String(seconds)], {
    env: { ...process.env, ...stack.environment, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const [line] = await once(child.stdout, 'data');
  return { child, arn: String(line).trim(), exited };
}

describe('GetDurableExecution', () => {
  test('an unknown ARN is ResourceNotFoundException', async () => {
    const arn = 'arn:aws:lambda:us-west-1:111122223333:function:f:1/durable-execution/name/id';
    await expect(describeExecution(arn)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  test('a run in another process is RUNNING, and FAILED once that process is killed', async () => {
    const { child, arn, exited } = await startRun(60);
    expect(await describeExecution(arn)).toMatchObject({
      DurableExecutionArn: arn,
      Status: 'RUNNING',
      StartTimestamp: expect.any(Date),
    });
    child.kill('SIGKILL');
    await exited;
    expect(await describeExecution(arn)).toMatchObject({ Status: 'FAILED', EndTimestamp: expect.any(Date) });
  });

  test('a run that ends is SUCCEEDED, and its process ends by itself', async () => {
    const { arn, exited } = await startRun(1);
    expect(await exited).toEqual([0, null]);
    expect(await describeExecution(arn)).toMatchObject({ Status: 'SUCCEEDED' });
  });

  test('a report that is none is refused with what is wrong', async () => {
    const body = JSON.stringify({ arn: 'a', functionName: 'f', pid: 'x', status: 'DONE' });
    const answer = await fetch(`${stack.endpoint}/_nightshift/executions`, { method: 'POST', body });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/status|pid/);
  });
});

describe('Invoke', () => {
  const invoke = (FunctionName: string, event: unknown, InvocationType?: 'Event') =>
    clients.lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event), InvocationType }));

  test('gives the result of a function, named by name, ARN or qualifier', async () => {
    stack.lambda.register('double', async (event) => ({ n: (event as { n: number }).n * 2 }));
    const arn = 'arn:aws:lambda:us-west-1:111122223333:function:double:live';
    for (const name of ['double', 'double:1', arn]) {
      const { StatusCode, Payload, FunctionError } = await invoke(name, { n: 4 });
      expect({ StatusCode, FunctionError, body: Payload?.transformToString() }).toEqual({
        StatusCode: 200,
        FunctionError: undefined,
        body: '{"n":8}',
      });
    }
  });

  test('gives a thrown error as Lambda does', async () => {
    stack.lambda.register('failing', async () => {
      throw new RangeError('no slot');
    });
    const { FunctionError, Payload } = await invoke('failing', {});
    expect(FunctionError).toBe('Unhandled');
    expect(JSON.parse(Payload?.transformToString() ?? '')).toMatchObject({
      errorType: 'RangeError',
      errorMessage: 'no slot',
    });
  });

  test('as Event answers at once and works it off later; a failure is kept', async () => {
    const events: unknown[] = [];
    let go: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    stack.lambda.register('later', async (event) => {
      await held;
      events.push(event);
      throw new Error('too late');
    });
    expect((await invoke('later', { n: 1 }, 'Event')).StatusCode).toBe(202);
    expect(events).toEqual([]);
    go();
    await stack.lambda.settled();
    expect(events).toEqual([{ n: 1 }]);
    expect(stack.lambda.failures).toMatchObject([{ functionName: 'later', error: { message: 'too late' } }]);
  });

  test('of an unknown function is ResourceNotFoundException', async () => {
    await expect(invoke('nobody', {})).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
