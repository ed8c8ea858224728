import { Worker } from 'node:worker_threads';
import { type ArchiveTask, errorOf, type FromWorker, type ToWorker } from './archive-task.ts';

/** Blocks that the worker has not taken yet, before the source is made to wait. */
const BLOCKS_UNDER_WAY = 3;
/** Finished bytes that nobody has fetched yet, before the worker is made to wait. */
const WAITING_BYTES = 8 * 1_024 * 1_024;
/** Small chunks are put together, as each message costs more than copying them. */
const BLOCK_BYTES = 256 * 1_024;

type Source = AsyncIterable<Uint8Array> & { destroy?: () => void };

/**
 * A worker thread that is given the chunks of a source and gives back bytes and a result. Chunks that fill their
 * ArrayBuffer (all but an eighth of it) are transferred, and are gone for who made them; others are copied.
 */
export class ArchiveThread<Result> {
  readonly #worker: Worker;
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #source: Source;
  readonly #signal: AbortSignal | undefined;
  readonly #bytes: Uint8Array[] = [];
  #waitingBytes = 0;
  #blocksUnderWay = 0;
  #small: Uint8Array[] = [];
  #smallBytes = 0;
  #closed = false;
  #failure: { readonly error: unknown } | undefined;
  #result: { readonly value: Result } | undefined;
  #wake: (() => void)[] = [];

  constructor(task: ArchiveTask, source: Source, signal?: AbortSignal) {
    signal?.throwIfAborted();
    this.#source = source;
    this.#iterator = source[Symbol.asyncIterator]();
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort);
    this.#worker = new Worker(new URL('./archive-worker.ts', import.meta.url), { workerData: task });
    this.#worker.on('message', (message: FromWorker<Result>) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) =>
      this.#fail(new Error(`The archive's worker thread ended with code ${code}.`)),
    );
  }

  /** Yields what the worker makes, and returns its result; leaves nothing running, however it ends. */
  async *run(): AsyncGenerator<Uint8Array, Result, undefined> {
    this.#feed().catch((error: unknown) => this.#fail(error));
    try {
      for (;;) {
        const bytes = this.#bytes.shift();
        if (this.#failure) throw this.#failure.error;
        if (bytes) {
          this.#waitingBytes -= bytes.length;
          this.#news();
          yield bytes;
        } else if (this.#result) return this.#result.value;
        else await this.#wait();
      }
    } finally {
      await this.#close();
    }
  }

  async #feed(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#iterator.next();
      if (this.#closed) return;
      if (done) break;
      await this.#give(value);
    }
    await this.#giveSmall();
    this.#post({ kind: 'end' });
  }

  async #give(chunk: Uint8Array): Promise<void> {
    if (chunk.length >= BLOCK_BYTES) {
      await this.#giveSmall();
      return this.#send(chunk);
    }
    // A copy, as the source may use the chunk's memory again.
    this.#small.push(chunk.slice());
    this.#smallBytes += chunk.length;
    if (this.#smallBytes >= BLOCK_BYTES) await this.#giveSmall();
  }

  async #giveSmall(): Promise<void> {
    if (this.#smallBytes === 0) return;
    const block = new Uint8Array(this.#smallBytes);
    let at = 0;
    for (const chunk of this.#small) {
      block.set(chunk, at);
      at += chunk.length;
    }
    this.#small = [];
    this.#smallBytes = 0;
    await this.#send(block);
  }

  async #send(chunk: Uint8Array): Promise<void> {
    const { buffer, byteOffset, length } = chunk;
    const isOwn = buffer instanceof ArrayBuffer && byteOffset === 0 && length >= buffer.byteLength * (7 / 8);
    const whole = isOwn ? buffer : chunk.slice().buffer;
    while (this.#blocksUnderWay >= BLOCKS_UNDER_WAY || this.#waitingBytes > WAITING_BYTES) {
      if (this.#closed) return;
      await this.#wait();
    }
    this.#blocksUnderWay++;
    this.#post({ kind: 'block', buffer: whole as ArrayBuffer, length }, [whole as ArrayBuffer]);
  }

  #post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    if (!this.#closed) this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromWorker<Result>): void {
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
  }

  readonly #abort = (): void => this.#fail(this.#signal?.reason);

  #fail(error: unknown): void {
    // The worker ends by itself after its result; and the first failure explains those that follow from it.
    if (this.#result || this.#closed) return;
    this.#failure ??= { error };
    this.#news();
  }

  #wait(): Promise<void> {
    return new Promise((wake) => this.#wake.push(wake));
  }

  #news(): void {
    const sleepers = this.#wake;
    this.#wake = [];
    for (const wake of sleepers) wake();
  }

  async #close(): Promise<void> {
    this.#closed = true;
    this.#news();
    this.#signal?.removeEventListener('abort', this.#abort);
    if (this.#failure || !this.#result) this.#leaveSource();
    await this.#worker.terminate();
  }

  /** Not waited for: a source that is dead would never answer. */
  #leaveSource(): void {
    this.#source.destroy?.();
    // What a source says when it is left early changes nothing: the failure that led here is what is thrown.
    this.#iterator.return?.().catch(() => undefined);
  }
}
