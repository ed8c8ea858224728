import type { SnapshotFact } from '../functions/snapshot-export/facts.ts';
import { readCopies, readSnapshots } from '../functions/snapshot-export/read.ts';
import { readStoredExports } from '../functions/snapshot-export/stored-exports.ts';
import type { BackupContext } from './backup-context.ts';

export interface ListedBackup {
  readonly what: 'snapshot' | 'copy' | 'export';
  readonly name: string;
  readonly begun: string | null;
  readonly state: string;
  readonly region: string;
  /** `Nightshift, slot …`, `RDS` for automated ones, or `by hand`. */
  readonly whose: string;
}

/** Snapshots, copies in the second region and exports of one database, the newest first. */
export async function listBackups(context: BackupContext): Promise<ListedBackup[]> {
  const { request, extra, config, startedAt } = context;
  const second = request.settings.copyTo?.region;
  const [snapshots, copies, exports] = await Promise.all([
    readSnapshots(extra.rds, request.instance),
    second ? readCopies(extra.rdsIn(second), request.instance) : [],
    readStoredExports(context, startedAt),
  ]);
  const listed: ListedBackup[] = [
    ...snapshots.map((snapshot) => fromSnapshot('snapshot', snapshot, config.region)),
    ...copies.map((copy) => fromSnapshot('copy', copy, second ?? '')),
    ...exports.map(({ exportId, slot, startedAt: begun }) => ({
      what: 'export' as const,
      name: exportId,
      begun,
      state: 'stored',
      region: config.region,
      whose: `Nightshift, slot ${slot}`,
    })),
  ];
  return listed.sort((a, b) => Date.parse(b.begun ?? '') - Date.parse(a.begun ?? ''));
}

function fromSnapshot(what: 'snapshot' | 'copy', snapshot: SnapshotFact, region: string): ListedBackup {
  const slot = snapshot.tags['nightshift:slot'];
  const whose = slot ? `Nightshift, slot ${slot}` : snapshot.type === 'automated' ? 'RDS' : 'by hand';
  return {
    what,
    name: snapshot.identifier,
    begun: snapshot.createdAt,
    state: snapshot.status,
    region,
    whose,
  };
}
