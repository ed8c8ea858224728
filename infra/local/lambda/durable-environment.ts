import type { Worker } from 'node:worker_threads';
import { LocalDurableTestRunner } from '@aws/durable-execution-sdk-js-testing';

let started: Promise<Worker | undefined> | undefined;
let runs = 0;

/**
 * Runs `work` while the runner's checkpoint server, a worker thread, is up. The thread is started once in a process
 * and kept, since the runner cannot end it, but it holds the process open only while something runs.
 */
export async function withCheckpointServer<T>(work: () => Promise<T>): Promise<T> {
  runs += 1;
  started ??= startCheckpointServer();
  const server = started;
  try {
    (await server)?.ref();
    return await work();
  } finally {
    runs -= 1;
    if (runs === 0) await release(server);
  }
}

/** Real time: the runner's `skipTime` makes the clock jump, which sockets and signatures notice. */
async function startCheckpointServer(): Promise<Worker | undefined> {
  const created = new Promise<Worker>((resolve) => process.once('worker', resolve));
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: false });
  // Node tells of a new worker on the next tick. A test framework's own `process` is not told.
  return Promise.race([created, new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))]);
}

async function release(server: Promise<Worker | undefined>): Promise<void> {
  const worker = await server;
  if (worker) {
    worker.unref();
    return;
  }
  // The runner lets go of its thread without ending it; the next run gets a new one.
  started = undefined;
  await LocalDurableTestRunner.teardownTestEnvironment();
}
