import { parentPort } from 'node:worker_threads';
import { type ArchiveTask, type FromWorker, failureOf, type ToWorker } from './archive-task.ts';
import { Encoder } from './encoder.ts';
import { FileReader } from './file-reader.ts';
import type { FileSummary, ReadBack } from './file-summary.ts';

/** Where a worker thread starts: it does one task after the other, and answers with bytes, a result or a failure. */
interface Work {
  push(block: Uint8Array<ArrayBuffer>): void;
  finish(): FileSummary | Promise<ReadBack>;
  close(): void;
}

let work: Work | undefined;

function start(task: ArchiveTask): Work {
  if (task.kind === 'read-back') return new FileReader();
  return new Encoder({ ...task, onBytes: (bytes) => tell({ kind: 'bytes', bytes }, [bytes.buffer]) });
}

async function receive(message: ToWorker): Promise<void> {
  if (message.kind === 'task') {
    work = start(message.task);
    return;
  }
  // Blocks that were under way when their task failed.
  if (!work) return;
  if (message.kind === 'block') {
    work.push(new Uint8Array(message.buffer, 0, message.length));
    tell({ kind: 'taken' });
    return;
  }
  const result = await work.finish();
  work = undefined;
  tell({ kind: 'done', result });
}

function tell(message: FromWorker<FileSummary | ReadBack>, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}

parentPort?.on('message', (message: ToWorker) => {
  receive(message).catch((error: unknown) => {
    work?.close();
    work = undefined;
    tell({ kind: 'failed', failure: failureOf(error) });
  });
});
