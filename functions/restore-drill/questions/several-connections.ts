import type { Client } from 'pg';
import { mapAtOnce } from '../../../shared/job/at-once.ts';
import type { Asking } from './asking.ts';

/**
 * Works on all items over so many connections side by side; answers in the order of the items. The first error ends
 * it: nothing is begun after it.
 */
export async function overConnections<T, R>(
  connect: Asking['connect'],
  { items, connections }: { readonly items: readonly T[]; readonly connections: number },
  work: (client: Client, item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const queue = items.entries();
  let failed = false;
  const width = Math.min(connections, items.length);
  await mapAtOnce(Array.from({ length: width }), width, () =>
    connect(async (client) => {
      for (const [index, item] of queue) {
        if (failed) return;
        results[index] = await work(client, item).catch((error: unknown) => {
          failed = true;
          throw error;
        });
      }
    }),
  );
  return results;
}
