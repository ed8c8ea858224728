import * as z from 'zod/mini';
import { listObjects, readText } from '../../shared/aws/objects.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import { chainPrefix } from '../../shared/job/manifest-chain.ts';
import type { PruningContext } from './job.ts';
import { jobName } from './plan.ts';

const link = z.object({ body: z.object({ export: z.object({ id: z.string() }) }) });

/**
 * Of the given exports, those that the chain's manifests name, the last link first and `atMost` so many. Reads no more
 * links than that takes: a chain of years has hundreds. Throws NightshiftError at a link that cannot be read.
 */
export async function findProvedExports(
  { aws, names, request }: PruningContext,
  exportIds: readonly string[],
  atMost: number,
): Promise<string[]> {
  const bucket = names.backupBucket;
  const keys: string[] = [];
  for await (const { key } of listObjects(aws.s3, { bucket, prefix: chainPrefix(jobName, request.database) }))
    keys.push(key);
  const missing = new Set(exportIds);
  const proved: string[] = [];
  for (const key of keys.sort().reverse()) {
    if (proved.length >= atMost || missing.size === 0) break;
    const exportId = exportNamedIn(key, await readText(aws.s3, { bucket, key }));
    if (missing.delete(exportId)) proved.push(exportId);
  }
  return proved;
}

function exportNamedIn(key: string, text: string | undefined): string {
  try {
    return link.parse(JSON.parse(text ?? '')).body.export.id;
  } catch (cause) {
    throw new NightshiftError(
      `Reading which exports are proved: ${key} holds no manifest of an export, and no export is pruned without it. Look for it among the bucket's earlier versions.`,
      { cause },
    );
  }
}
