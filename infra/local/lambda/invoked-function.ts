import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { LocalFunction } from './service.ts';

/** A function that others invoke and wait for. */
export interface InvokedFunction {
  readonly functionName: string;
  /** URL of the module whose `handler` is invoked. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMilliseconds?: number;
}

export interface RunningInvokedFunction {
  /** Gives the function's result, or throws an error with the name and message of what it threw. */
  readonly invoke: LocalFunction;
  stop(): Promise<void>;
}

export interface Invocation {
  readonly id: number;
  readonly event: unknown;
}

export type InvocationAnswer = { readonly id: number } & (
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly name: string; readonly message: string }
);

/** Runs a function in a process of its own, which is kept between invocations, as Lambda keeps a warm one. */
export async function startInvokedFunction(
  invokedFunction: InvokedFunction,
  onLog: (line: string) => void = () => undefined,
): Promise<RunningInvokedFunction> {
  const { functionName, environment } = invokedFunction;
  const child = fork(new URL('./invoked-function-process.ts', import.meta.url), {
    env: { ...process.env, ...environment, AWS_LAMBDA_FUNCTION_NAME: functionName },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  for (const output of [child.stdout, child.stderr]) {
    if (output) createInterface({ input: output }).on('line', onLog);
  }
  child.send(invokedFunction);
  await Promise.race([once(child, 'message'), once(child, 'exit').then(() => refuseEnd(functionName))]);
  return { invoke: invocations(child, functionName), stop: () => stop(child) };
}

function refuseEnd(functionName: string): never {
  throw new Error(`The process of ${functionName} ended before it could be invoked.`);
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

function invocations(child: ChildProcess, functionName: string): LocalFunction {
  const waiting = new Map<number, Waiting>();
  let invoked = 0;
  child.on('message', (answer: InvocationAnswer) => {
    const one = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.kind === 'result') one?.resolve(answer.result);
    else one?.reject(Object.assign(new Error(answer.message), { name: answer.name }));
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values())
      reject(new Error(`The process of ${functionName} ended without an answer.`));
    waiting.clear();
  });
  return (event) =>
    new Promise((resolve, reject) => {
      if (!child.connected) return reject(new Error(`The process of ${functionName} has ended.`));
      const id = ++invoked;
      waiting.set(id, { resolve, reject });
      child.send({ id, event } satisfies Invocation);
    });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}
