import { HeadObjectCommand, ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { hasName } from '../../shared/aws/errors.ts';
import { exportsPrefix } from '../../shared/config/names.ts';
import { identifierPrefix, isNameOf } from '../../shared/job/slot.ts';
import type { StoredExportFact } from './facts.ts';
import type { PruningContext } from './job.ts';
import { markKey } from './mark-export.ts';

/**
 * The exports of this database that lie in the bucket. One whose name holds the date of a night within retention is
 * known by its name; of the others, the mark beside them must say that they are this job's own, and go with the name:
 * a folder that was copied by hand has its mark as well.
 */
export async function readStoredExports(job: PruningContext, now: Date): Promise<StoredExportFact[]> {
  const oldest = now.getTime() - job.request.settings.retention.exportDays * 86_400_000;
  const found: StoredExportFact[] = [];
  for await (const exportId of listExportIds(job)) {
    const named = knownByName(job, exportId);
    const young = named !== undefined && Date.parse(named.startedAt) >= oldest;
    const fact = young ? named : await readMark(job, exportId);
    if (fact) found.push(fact);
  }
  return found;
}

/** Undefined where the name is not that of a night of this database: `menotime-eu` begins as `menotime` does. */
function knownByName(job: PruningContext, exportId: string): StoredExportFact | undefined {
  const { database } = job.request;
  const [, night] = /-(\d{4}-\d{2}-\d{2})(?:-r\d+)?$/.exec(exportId) ?? [];
  if (night === undefined) return undefined;
  if (!isNameOf(exportId, { stage: job.stage, database, slot: night })) return undefined;
  return { exportId, database, slot: night, startedAt: `${night}T00:00:00.000Z` };
}

async function* listExportIds(job: PruningContext): AsyncGenerator<string> {
  const prefix = `${exportsPrefix}/${identifierPrefix(job.stage, job.request.database)}`;
  let token: string | undefined;
  do {
    const page: ListObjectsV2CommandOutput = await job.aws.s3.send(
      new ListObjectsV2Command({
        Bucket: job.names.backupBucket,
        Prefix: prefix,
        Delimiter: '/',
        ContinuationToken: token,
      }),
    );
    for (const { Prefix } of page.CommonPrefixes ?? []) {
      if (Prefix) yield Prefix.slice(exportsPrefix.length + 1, -1);
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token);
}

/** What the mark beside an export says now, or undefined where it does not say that the export is this stage's own. */
export async function readMark(job: PruningContext, exportId: string): Promise<StoredExportFact | undefined> {
  try {
    const head = await job.aws.s3.send(
      new HeadObjectCommand({ Bucket: job.names.backupBucket, Key: markKey(exportId) }),
    );
    const mark = head.Metadata ?? {};
    if (mark['nightshift-managed-by'] !== `nightshift-${job.stage}`) return undefined;
    const database = mark['nightshift-database'] ?? '';
    const slot = mark['nightshift-slot'] ?? '';
    if (!isNameOf(exportId, { stage: job.stage, database, slot })) return undefined;
    const startedAt = (head.LastModified ?? new Date()).toISOString();
    return { exportId, database, slot, startedAt };
  } catch (error) {
    if (hasName(error, 'NotFound', 'NoSuchKey')) return undefined;
    throw error;
  }
}
