import { explained } from '../../shared/aws/explain.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import { readCopies, readSnapshots } from '../../shared/snapshot/read-snapshots.ts';
import { carryOut } from './delete-outlived.ts';
import type { PruningContext, SnapshotExportJob } from './job.ts';
import { findProvedExports } from './proved-exports.ts';
import {
  outlivedExports,
  ownNightlyExports,
  type PruneAction,
  planRetention,
  type RetentionContext,
} from './retention.ts';
import { readStoredExports } from './stored-exports.ts';

export interface Pruning {
  readonly deleted: readonly PruneAction[];
  /** What was no longer as planned when it was to be deleted, and stays. */
  readonly left: readonly (PruneAction & { readonly why: string })[];
  /** One sentence for each that could not be deleted. */
  readonly failures: readonly string[];
}

/** Reads what there is now, plans what has outlived its retention, and answers what of it was deleted. */
export async function prune(job: SnapshotExportJob): Promise<PruneAction[]> {
  const actions = await job.step('plan the retention', () => planPruning(job));
  const { deleted, left, failures } = await deleteEach(actions, (action) =>
    job.step(`${action.kind} ${action.target}`, () => carryOut(job, action)),
  );
  for (const action of deleted) job.log.info('Pruned', { ...action });
  for (const action of left) job.log.warn('Left what was to be pruned', { ...action });
  requireAll(actions, failures);
  return [...deleted];
}

/** One that fails does not stop the others. `work` answers why it left a thing alone, or null. */
export async function deleteEach(
  actions: readonly PruneAction[],
  work: (action: PruneAction) => Promise<string | null>,
): Promise<Pruning> {
  const deleted: PruneAction[] = [];
  const left: (PruneAction & { why: string })[] = [];
  const failures: string[] = [];
  for (const action of actions) {
    try {
      const why = await work(action);
      if (why === null) deleted.push(action);
      else left.push({ ...action, why });
    } catch (error) {
      failures.push(`${action.kind} ${action.target}: ${(error as Error).message}`);
    }
  }
  return { deleted, left, failures };
}

/** Throws NightshiftError with everything that could not be deleted. */
export function requireAll(actions: readonly PruneAction[], failures: readonly string[]): void {
  if (failures.length === 0) return;
  throw new NightshiftError(
    `Of ${actions.length} that have outlived their retention, ${failures.length} could not be deleted:\n${failures.join('\n')}`,
  );
}

/** So that a first run over years of backups stays one execution; the rest goes in the following nights. */
const prunedAtOnce = 100;

export async function planPruning(job: PruningContext): Promise<PruneAction[]> {
  const { request, stage, startedAt, extra } = job;
  const { copyTo } = request.settings;
  const [snapshots, copies, storedExports] = await Promise.all([
    explained('Listing the snapshots', () => readSnapshots(extra.rds, request.instance)),
    copyTo
      ? explained(`Listing the copies in ${copyTo.region}`, () =>
          readCopies(extra.rdsIn(copyTo.region), request.instance),
        )
      : [],
    explained('Listing the exports', () => readStoredExports(job, startedAt)),
  ]);
  const context = { stage, database: request.database, settings: request.settings, now: startedAt };
  const provedExports = await readProved(job, storedExports, context);
  return planRetention({ snapshots, copies, storedExports, provedExports }, context).slice(0, prunedAtOnce);
}

/** On most nights no export is too old, and no manifest need be read. */
async function readProved(
  job: PruningContext,
  stored: Parameters<typeof outlivedExports>[0],
  context: RetentionContext,
): Promise<string[]> {
  if (outlivedExports(stored, context).length === 0) return [];
  const nightly = ownNightlyExports(stored, context).map(({ exportId }) => exportId);
  return explained('Reading which exports are proved', () =>
    findProvedExports(job, nightly, context.settings.retention.keepNewest),
  );
}
