import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type RunningInvokedFunction,
  startInvokedFunction,
} from '../../../../infra/local/lambda/invoked-function.ts';

const handler = `
  let invoked = 0;
  export const handler = async (event, context) => {
    invoked += 1;
    if (event.fail) throw Object.assign(new Error('no such thing'), { name: 'NoSuchThing' });
    if (event.die) process.kill(process.pid, 'SIGKILL');
    if (event.waitMs) await new Promise((done) => setTimeout(done, event.waitMs));
    return { echo: event.text, invoked, name: context.functionName, variable: process.env.SOMETHING };
  };`;

let folder: string;
let running: RunningInvokedFunction;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nightshift-invoked-'));
  await writeFile(join(folder, 'handler.mjs'), handler);
  running = await start();
});
afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true });
});

const start = () =>
  startInvokedFunction({
    functionName: 'nightshift-test-it',
    handler: pathToFileURL(join(folder, 'handler.mjs')).href,
    environment: { SOMETHING: 'set' },
  });

test('one process answers invocation after invocation, each caller with its own result', async () => {
  const [slow, quick] = await Promise.all([
    running.invoke({ text: 'slow', waitMs: 300 }),
    running.invoke({ text: 'quick' }),
  ]);
  expect(slow).toEqual({ echo: 'slow', invoked: 2, name: 'nightshift-test-it', variable: 'set' });
  expect(quick).toMatchObject({ echo: 'quick', invoked: 2 });
});

test('what the function throws is thrown to whoever invoked it, and the next is answered', async () => {
  await expect(running.invoke({ fail: true })).rejects.toMatchObject({
    name: 'NoSuchThing',
    message: 'no such thing',
  });
  expect(await running.invoke({ text: 'on' })).toMatchObject({ echo: 'on' });
});

test('a process that dies leaves nobody waiting', async () => {
  const mortal = await start();
  await expect(mortal.invoke({ die: true })).rejects.toThrow('ended without an answer');
  await expect(mortal.invoke({ text: 'gone' })).rejects.toThrow('has ended');
  await mortal.stop();
});

test('a handler that cannot be loaded is told by the start', async () => {
  await expect(
    startInvokedFunction({ functionName: 'it', handler: 'file:///nowhere/handler.mjs', environment: {} }),
  ).rejects.toThrow('ended before it could be invoked');
});
