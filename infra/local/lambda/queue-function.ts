import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A function that lives on a queue, as the template's event source mapping says. */
export interface QueueFunction {
  readonly functionName: string;
  /** URL of the module whose `handler` is invoked. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly batchSize: number;
  readonly batchingWindowMs?: number;
  /** Five when left out, as Lambda begins with. */
  readonly pollers?: number;
  readonly timeoutMilliseconds?: number;
}

export interface RunningQueueFunction {
  /** Of the process that does the work now. */
  pid(): number | undefined;
  /** Kills the process as a machine that dies would, in the middle of whatever it does; another takes its place. */
  kill(): Promise<void>;
  /** Lets it end what it has begun. */
  stop(): Promise<void>;
}

/** Runs a function in a process of its own, which polls its queue until it is stopped. */
export async function startQueueFunction(
  queueFunction: QueueFunction,
  onLog: (line: string) => void = () => undefined,
): Promise<RunningQueueFunction> {
  let child = await startProcess(queueFunction, onLog);
  return {
    pid: () => child.pid,
    kill: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
      child = await startProcess(queueFunction, onLog);
    },
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      if (child.connected) child.send('stop');
      await ended;
    },
  };
}

async function startProcess(
  queueFunction: QueueFunction,
  onLog: (line: string) => void,
): Promise<ChildProcess> {
  const child = fork(new URL('./queue-function-process.ts', import.meta.url), {
    env: {
      ...process.env,
      ...queueFunction.environment,
      AWS_LAMBDA_FUNCTION_NAME: queueFunction.functionName,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  });
  for (const output of [child.stdout, child.stderr]) {
    if (output) createInterface({ input: output }).on('line', onLog);
  }
  child.send(queueFunction);
  await Promise.race([once(child, 'message'), once(child, 'exit').then(refuseEnd)]);
  return child;

  function refuseEnd([code]: unknown[]): never {
    throw new Error(
      `The process of ${queueFunction.functionName} ended with code ${code} before it took anything from its queue.`,
    );
  }
}
