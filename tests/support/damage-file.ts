import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

const blockBytes = 8_192;

/**
 * Damages these blocks of a relation, by name, of a running server of this machine: overwrites bytes in their middle, or
 * lets their first row say that its data begin beyond its end.
 */
export async function damageBlocks(
  config: ClientConfig,
  relation: string,
  blocks: readonly number[],
  how: 'bytes' | 'first row' = 'bytes',
): Promise<void> {
  const path = await withClient(config, async (client) => {
    await client.query('CHECKPOINT');
    const { rows } = await client.query<{ folder: string; file: string }>(
      `SELECT current_setting('data_directory') AS folder, pg_relation_filepath($1::regclass) AS file`,
      [relation],
    );
    return join(rows[0]?.folder ?? '', rows[0]?.file ?? '');
  });
  await forgetBuffers(config);
  const handle = await open(path, 'r+');
  for (const block of blocks) {
    const begin = block * blockBytes;
    if (how === 'bytes') {
      await handle.write(Buffer.alloc(64, 0xa5), 0, 64, begin + 6_000);
    } else {
      const { buffer } = await handle.read(Buffer.alloc(blockBytes), 0, blockBytes, begin);
      // The first line pointer, and of its row the length of the header.
      await handle.write(Buffer.from([0xf8]), 0, 1, begin + (buffer.readUInt32LE(24) & 0x7fff) + 22);
    }
  }
  await handle.close();
}

/** A server one of whose processes is killed starts anew, and reads everything from the disk. */
export async function forgetBuffers(config: ClientConfig): Promise<void> {
  await withClient(config, async (victim) => {
    const { rows } = await victim.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await withClient(config, async (other) => {
      process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
      // Until it has noticed, the server goes on as before, and takes connections.
      await other.query('SELECT pg_sleep(60)').catch(() => undefined);
    });
  });
  const answers = () =>
    withClient(config, (client) => client.query('SELECT')).then(
      () => true,
      () => false,
    );
  do await sleep(50);
  while (!(await answers()));
}

async function withClient<T>(config: ClientConfig, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(config);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}
