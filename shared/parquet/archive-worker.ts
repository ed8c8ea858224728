import { parentPort, workerData } from 'node:worker_threads';
import { type ArchiveTask, type FromWorker, failureOf, type ToWorker } from './archive-task.ts';
import { Encoder } from './encoder.ts';
import { FileReader } from './file-reader.ts';
import type { FileSummary, ReadBack } from './file-summary.ts';

/** Where a worker thread starts: it does one task, and answers with bytes, a result or a failure. */
const port = parentPort;
if (!port) throw new Error('This file runs as a worker thread only.');

function tell(message: FromWorker<FileSummary | ReadBack>, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

const task = workerData as ArchiveTask;
const work =
  task.kind === 'encode'
    ? new Encoder({ ...task, onBytes: (bytes) => tell({ kind: 'bytes', bytes }, [bytes.buffer]) })
    : new FileReader();

port.on('message', (message: ToWorker) => {
  receive(message).catch((error: unknown) => {
    tell({ kind: 'failed', failure: failureOf(error) });
    port.close();
  });
});

async function receive(message: ToWorker): Promise<void> {
  if (message.kind === 'end') {
    tell({ kind: 'done', result: await work.finish() });
    port?.close();
    return;
  }
  work.push(new Uint8Array(message.buffer, 0, message.length));
  tell({ kind: 'taken' });
}
