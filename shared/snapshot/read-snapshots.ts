import {
  type DBSnapshot,
  type DescribeDBSnapshotsCommandInput,
  paginateDescribeDBSnapshots,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { hasName } from '../aws/errors.ts';
import type { CopyFact, SnapshotFact } from './snapshot-fact.ts';

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
