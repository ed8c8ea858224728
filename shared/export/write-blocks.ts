import { open } from 'node:fs/promises';

const blockBytes = 2 * 1_024 * 1_024;

/**
 * Writes bytes to a new file that only we may read, in large blocks, the next one filled while one is written: a write
 * for each piece that a socket gives takes far more time.
 */
export async function writeBlocks(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w', 0o600);
  let writing: Promise<unknown> = Promise.resolve();
  try {
    let [filling, other] = [Buffer.allocUnsafe(blockBytes), Buffer.allocUnsafe(blockBytes)];
    let filled = 0;
    const flush = async () => {
      await writing;
      const block = filling.subarray(0, filled);
      writing = writeAll(file, block);
      // Whoever waits for it is told of its failure; until then it is no unhandled one.
      writing.catch(() => undefined);
      [filling, other, filled] = [other, filling, 0];
    };
    for await (const chunk of source) {
      for (let from = 0; from < chunk.length; ) {
        const part = chunk.subarray(from, from + blockBytes - filled);
        filling.set(part, filled);
        filled += part.length;
        from += part.length;
        if (filled === blockBytes) await flush();
      }
    }
    await flush();
    await writing;
  } finally {
    await writing.catch(() => undefined);
    await file.close();
  }
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, block: Buffer): Promise<void> {
  for (let written = 0; written < block.length; ) {
    written += (await file.write(block, written)).bytesWritten;
  }
}
