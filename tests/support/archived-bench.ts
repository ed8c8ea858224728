import { archiveSlice } from '../../functions/audit-archive/archive-slice.ts';
import { chainBatches } from '../../functions/audit-archive/chain-batches.ts';
import type { ArchiveAction } from '../../functions/audit-archive/plan.ts';
import { type ArchiveBench, archiveAll, BUCKET, planned, wholeSlice } from './archive-bench.ts';

/** Moves everything before 2025 of a table, as a night does it. */
export async function archiveNow(
  bench: ArchiveBench,
  policy: object,
  changes: Partial<ArchiveAction> = {},
): Promise<void> {
  const action = archiveAll(policy, changes);
  await archiveSlice(await planned(bench, action), bench.connect, action, wholeSlice, async () => true);
}

/** Names the batches that no manifest names yet, as the slot's run does it at its end. */
export async function nameBatches({ s3, context, connect }: ArchiveBench, slot: string) {
  const aws = { s3 } as Parameters<typeof chainBatches>[0]['aws'];
  const names = { backupBucket: BUCKET } as Parameters<typeof chainBatches>[0]['names'];
  const request = { database: context.database, slot } as Parameters<typeof chainBatches>[0]['request'];
  return connect((client) => chainBatches({ aws, names, request }, client));
}
