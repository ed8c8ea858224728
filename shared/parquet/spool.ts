import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A nameless file in the system's temporary folder: gone when it is closed, or its process ends. The calls are
 * synchronous, for a thread that has nothing else to do.
 */
export class Spool {
  readonly #file: number;
  sizeBytes = 0;

  constructor() {
    const folder = mkdtempSync(join(tmpdir(), 'nightshift-spool-'));
    try {
      this.#file = openSync(join(folder, 'file'), 'wx+', 0o600);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  append(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#file, bytes, written, bytes.length - written, this.sizeBytes + written);
    }
    this.sizeBytes += bytes.length;
  }

  /** The bytes from `start` up to but not including `end`. */
  read(start: number, end: number): ArrayBuffer {
    const bytes = new Uint8Array(end - start);
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(this.#file, bytes, at, bytes.length - at, start + at);
      if (read === 0) throw new Error(`Reading back a file: it ends before byte ${end}.`);
      at += read;
    }
    return bytes.buffer;
  }

  close(): void {
    closeSync(this.#file);
  }
}
