import type { Duplex } from 'node:stream';
import type { Client, Connection, Submittable } from 'pg';
import { CopyMessages } from './copy-messages.ts';

const BLOCK_BYTES = 1_024 * 1_024;
/** Blocks that may wait for the reader before the server is made to wait. */
const WAITING_BLOCKS = 4;

/**
 * Runs `COPY … TO STDOUT` and yields what it sends, in blocks of a megabyte that the receiver may keep or transfer.
 * Who stops early waits until the rest has been thrown away, so that the connection stays of use. Throws what the
 * server answers (a DatabaseError of `pg`), or that the connection is gone.
 */
export function copyOut(client: Client, statement: string): AsyncGenerator<Uint8Array, void, undefined> {
  return client.query(new CopyOutQuery(statement)).blocks();
}

type DataListener = (chunk: Buffer) => void;

/** What `pg` calls on the way; its own streams for this put every row through a list of buffers first. */
class CopyOutQuery implements Submittable {
  /** `pg` puts here what ends its timer for the query. */
  callback: ((error?: Error) => void) | undefined;
  readonly #statement: string;
  readonly #messages = new CopyMessages(BLOCK_BYTES, (block) => this.#take(block));
  readonly #waiting: Uint8Array[] = [];
  #stream: Duplex | undefined;
  #listener: DataListener | undefined;
  #discards = false;
  #ended = false;
  #error: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(statement: string) {
    this.#statement = statement;
  }

  submit(connection: Connection): void {
    const stream = connection.stream;
    // From here to the end of the COPY the bytes come to us instead of the parser of `pg`.
    const [listener] = stream.listeners('data') as DataListener[];
    if (!listener) throw new Error('The connection of pg has no listener for data: its inside has changed.');
    stream.off('data', listener).on('data', this.#read);
    this.#stream = stream;
    this.#listener = listener;
    (connection as Connection & { query(text: string): void }).query(this.#statement);
  }

  async *blocks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const block = this.#waiting.shift();
        if (block) yield block;
        else if (this.#ended) break;
        else await this.#news();
      }
    } finally {
      await this.#discardRest();
    }
    if (this.#error) throw this.#error;
  }

  handleReadyForQuery(): void {
    this.#end();
  }

  handleError(error: Error): void {
    this.#giveBack(undefined);
    this.#end(error);
  }

  handleCommandComplete(): void {
    // Its count of rows is not needed: the decoder counts.
  }

  readonly #read = (chunk: Buffer): void => {
    const rest = this.#messages.read(chunk);
    if (rest) this.#giveBack(rest);
  };

  #take(block: Uint8Array): void {
    if (this.#discards) return;
    this.#waiting.push(block);
    if (this.#waiting.length >= WAITING_BLOCKS) this.#stream?.pause();
    this.#wake();
  }

  #news(): Promise<void> {
    this.#stream?.resume();
    return new Promise((wake) => {
      this.#wake = wake;
    });
  }

  async #discardRest(): Promise<void> {
    this.#discards = true;
    this.#waiting.length = 0;
    while (!this.#ended) await this.#news();
  }

  #giveBack(rest: Buffer | undefined): void {
    const [stream, listener] = [this.#stream, this.#listener];
    if (!stream || !listener) return;
    this.#listener = undefined;
    stream.off('data', this.#read).on('data', listener);
    if (rest && rest.length > 0) listener(rest);
    // It may have been made to wait, and the next query would then wait for ever.
    stream.resume();
  }

  #end(error?: Error): void {
    this.#ended = true;
    this.#error = error;
    this.callback?.(error);
    this.#wake();
  }
}
