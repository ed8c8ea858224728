import type { SnapshotFact } from '../functions/snapshot-export/facts.ts';
import { jobName } from '../functions/snapshot-export/plan.ts';
import { readStoredExports } from '../functions/snapshot-export/stored-exports.ts';
import { carriesTags, isNameOf, ownTags } from '../shared/job/slot.ts';
import { readCopies, readSnapshots } from '../shared/snapshot/read-snapshots.ts';
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
  const { request, extra, config, stage, startedAt } = context;
  const owner = { stage, database: request.database };
  const second = request.settings.copyTo?.region;
  const [snapshots, copies, exports] = await Promise.all([
    readSnapshots(extra.rds, request.instance),
    second ? readCopies(extra.rdsIn(second), request.instance) : [],
    readStoredExports(context, startedAt),
  ]);
  const listed: ListedBackup[] = [
    ...snapshots.map((snapshot) => fromSnapshot('snapshot', snapshot, { region: config.region, owner })),
    ...copies.map((copy) => fromSnapshot('copy', copy, { region: second ?? '', owner })),
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

interface Where {
  readonly region: string;
  readonly owner: { readonly stage: string; readonly database: string };
}

function fromSnapshot(
  what: 'snapshot' | 'copy',
  snapshot: SnapshotFact,
  { region, owner }: Where,
): ListedBackup {
  const { identifier: name, createdAt: begun, status: state } = snapshot;
  return { what, name, begun, state, region, whose: whose(snapshot, owner) };
}

/** As the retention sees it: tags that came along with a copy by hand make nothing Nightshift's. */
function whose({ identifier, tags, type }: SnapshotFact, owner: Where['owner']): string {
  const slot = tags['nightshift:slot'] ?? '';
  const parts = { ...owner, slot };
  if (carriesTags(tags, ownTags(jobName, parts)) && isNameOf(identifier, parts))
    return `Nightshift, slot ${slot}`;
  return type === 'automated' ? 'RDS' : 'by hand';
}
