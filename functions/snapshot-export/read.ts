import {
  type DBSnapshot,
  type DescribeDBSnapshotsCommandInput,
  DescribeExportTasksCommand,
  type ExportTask,
  paginateDescribeDBSnapshots,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { hasName } from '../../shared/aws/errors.ts';
import type { CopyFact, ExportTaskFact, SnapshotFact } from './facts.ts';

/** Every snapshot of an instance that this account has in the region: automated and manual. */
export async function readSnapshots(rds: RDSClient, instance: string): Promise<SnapshotFact[]> {
  return (await describeSnapshots(rds, { DBInstanceIdentifier: instance })).map(toSnapshotFact);
}

/** The copies in the second region, with the snapshot that each was made of. */
export async function readCopies(rds: RDSClient, instance: string): Promise<CopyFact[]> {
  return (await describeSnapshots(rds, { DBInstanceIdentifier: instance })).map(toCopyFact);
}

/** One snapshot as it is now, or undefined where it is gone. */
export async function readSnapshot(rds: RDSClient, identifier: string): Promise<SnapshotFact | undefined> {
  return (await findSnapshot(rds, identifier)).map(toSnapshotFact)[0];
}

export async function readCopy(rds: RDSClient, identifier: string): Promise<CopyFact | undefined> {
  return (await findSnapshot(rds, identifier)).map(toCopyFact)[0];
}

async function findSnapshot(rds: RDSClient, identifier: string): Promise<DBSnapshot[]> {
  const type = identifier.startsWith('rds:') ? { SnapshotType: 'automated' } : {};
  try {
    return await describeSnapshots(rds, { DBSnapshotIdentifier: identifier, ...type });
  } catch (error) {
    if (hasName(error, 'DBSnapshotNotFoundFault')) return [];
    throw error;
  }
}

async function describeSnapshots(
  rds: RDSClient,
  query: DescribeDBSnapshotsCommandInput,
): Promise<DBSnapshot[]> {
  const found: DBSnapshot[] = [];
  for await (const page of paginateDescribeDBSnapshots({ client: rds }, query))
    found.push(...(page.DBSnapshots ?? []));
  return found;
}

function toSnapshotFact(snapshot: DBSnapshot): SnapshotFact {
  return {
    identifier: snapshot.DBSnapshotIdentifier ?? '',
    arn: snapshot.DBSnapshotArn ?? '',
    instance: snapshot.DBInstanceIdentifier ?? '',
    status: snapshot.Status ?? 'unknown',
    type: snapshot.SnapshotType ?? 'unknown',
    createdAt: (snapshot.OriginalSnapshotCreateTime ?? snapshot.SnapshotCreateTime)?.toISOString() ?? null,
    progressPercent: snapshot.PercentProgress ?? 0,
    allocatedGiB: snapshot.AllocatedStorage ?? 0,
    encrypted: snapshot.Encrypted ?? false,
    tags: Object.fromEntries((snapshot.TagList ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
  };
}

function toCopyFact(snapshot: DBSnapshot): CopyFact {
  return { ...toSnapshotFact(snapshot), sourceArn: snapshot.SourceDBSnapshotIdentifier ?? '' };
}

/** One export task as it is now, or undefined where there is none of that name. */
export async function readExportTask(
  rds: RDSClient,
  identifier: string,
): Promise<ExportTaskFact | undefined> {
  try {
    const { ExportTasks } = await rds.send(
      new DescribeExportTasksCommand({ ExportTaskIdentifier: identifier }),
    );
    const [task] = ExportTasks ?? [];
    return task ? toExportTaskFact(task) : undefined;
  } catch (error) {
    if (hasName(error, 'ExportTaskNotFoundFault')) return undefined;
    throw error;
  }
}

function toExportTaskFact(task: ExportTask): ExportTaskFact {
  return {
    identifier: task.ExportTaskIdentifier ?? '',
    sourceArn: task.SourceArn ?? '',
    status: task.Status ?? 'unknown',
    progressPercent: task.PercentProgress ?? 0,
    extractedGB: task.TotalExtractedDataInGB ?? 0,
    exportOnly: task.ExportOnly ?? [],
    bucket: task.S3Bucket ?? '',
    snapshotTime: task.SnapshotTime?.toISOString() ?? null,
    startedAt: task.TaskStartTime?.toISOString() ?? null,
    endedAt: task.TaskEndTime?.toISOString() ?? null,
    failureCause: task.FailureCause ?? null,
    warning: task.WarningMessage ?? null,
  };
}

/** How many exports of the account, or of one snapshot, keep a place at this moment. */
export async function countRunningExports(rds: RDSClient, sourceArn?: string): Promise<number> {
  let running = 0;
  let marker: string | undefined;
  do {
    const page = await rds.send(
      new DescribeExportTasksCommand({
        SourceArn: sourceArn,
        Filters: [{ Name: 'status', Values: ['starting', 'in_progress', 'canceling'] }],
        Marker: marker,
      }),
    );
    running += page.ExportTasks?.length ?? 0;
    marker = page.Marker;
  } while (marker);
  return running;
}
