import { Worker } from 'node:worker_threads';
import { type ArchiveTask, errorOf, type FromWorker, type ToWorker } from './archive-task.ts';
import { type BlockSource, feedBlocks } from './feed-blocks.ts';

/** Blocks that the worker has not taken yet, before the source is made to wait. */
const BLOCKS_UNDER_WAY = 3;
/** Finished bytes that nobody has fetched yet, before the worker is made to wait. */
const WAITING_BYTES = 8 * 1_024 * 1_024;
/** A young generation of 32 MB takes 30 MB more and is no faster. */
const resourceLimits = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 64 };

/**
 * A worker thread for encodeCopy and readBack, one at a time. It starts with its first task and stays, as its second
 * task takes half the time of the first, whose code had to be compiled. It keeps no process alive. Close it at the end.
 */
export class ArchiveThread {
  #worker: Worker | undefined;
  #busy = false;

  /** Yields what the task makes, and returns its result. A task that does not end well takes the thread with it. */
  async *run<Result>(
    task: ArchiveTask,
    source: BlockSource,
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, Result, undefined> {
    if (this.#busy) throw new Error('An archive thread does one task at a time.');
    this.#busy = true;
    let done = false;
    try {
      signal?.throwIfAborted();
      this.#worker ??= new Worker(new URL('./archive-worker.ts', import.meta.url), { resourceLimits });
      const result = yield* new TaskRun<Result>(this.#worker, source).outcome(task, signal);
      done = true;
      return result;
    } finally {
      if (!done) await this.close();
      this.#busy = false;
    }
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** One task: blocks go in, bytes and a result come out, and neither side runs far ahead of the other. */
class TaskRun<Result> {
  readonly #worker: Worker;
  readonly #source: BlockSource;
  readonly #bytes: Uint8Array[] = [];
  #waitingBytes = 0;
  #blocksUnderWay = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #result: { readonly value: Result } | undefined;
  #sleepers: (() => void)[] = [];

  constructor(worker: Worker, source: BlockSource) {
    this.#worker = worker;
    this.#source = source;
  }

  async *outcome(task: ArchiveTask, signal?: AbortSignal): AsyncGenerator<Uint8Array, Result, undefined> {
    const abort = () => this.#fail(signal?.reason);
    const exit = (code: number) => this.#fail(new Error(`The archive's thread ended with code ${code}.`));
    this.#worker.on('message', this.#receive).on('error', this.#fail).on('exit', exit).ref();
    signal?.addEventListener('abort', abort);
    try {
      this.#post({ kind: 'task', task });
      this.#feed().catch(this.#fail);
      return yield* this.#output();
    } finally {
      this.#ended = true;
      this.#news();
      // A stream that is waited for ends at once; other sources are left when they give their next chunk.
      if (!this.#result) this.#source.destroy?.();
      signal?.removeEventListener('abort', abort);
      this.#worker.off('message', this.#receive).off('error', this.#fail).off('exit', exit).unref();
    }
  }

  async *#output(): AsyncGenerator<Uint8Array, Result, undefined> {
    for (;;) {
      if (this.#failure) throw this.#failure.error;
      const bytes = this.#bytes.shift();
      if (bytes) {
        this.#waitingBytes -= bytes.length;
        this.#news();
        yield bytes;
      } else if (this.#result) return this.#result.value;
      else await this.#sleep();
    }
  }

  async #feed(): Promise<void> {
    const goOn = await feedBlocks(
      this.#source,
      () => this.#ended,
      (block, length) => this.#give(block, length),
    );
    if (goOn) this.#post({ kind: 'end' });
  }

  async #give(buffer: ArrayBuffer, length: number): Promise<void> {
    while (this.#blocksUnderWay >= BLOCKS_UNDER_WAY || this.#waitingBytes > WAITING_BYTES) {
      if (this.#ended) return;
      await this.#sleep();
    }
    this.#blocksUnderWay++;
    this.#post({ kind: 'block', buffer, length }, [buffer]);
  }

  #post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    if (!this.#ended) this.#worker.postMessage(message, transfer);
  }

  readonly #receive = (message: FromWorker<Result>): void => {
    switch (message.kind) {
      case 'taken':
        this.#blocksUnderWay--;
        break;
      case 'bytes':
        this.#bytes.push(message.bytes);
        this.#waitingBytes += message.bytes.length;
        break;
      case 'done':
        this.#result = { value: message.result };
        break;
      case 'failed':
        this.#fail(errorOf(message.failure));
        break;
    }
    this.#news();
  };

  /** The first failure explains those that follow from it. */
  readonly #fail = (error: unknown): void => {
    this.#failure ??= { error };
    this.#news();
  };

  #sleep(): Promise<void> {
    return new Promise((wake) => this.#sleepers.push(wake));
  }

  #news(): void {
    const sleepers = this.#sleepers;
    this.#sleepers = [];
    for (const wake of sleepers) wake();
  }
}
