import {
  type DBSnapshot,
  type DescribeDBSnapshotsCommandInput,
  paginateDescribeDBSnapshots,
  type RDSClient,
} from '@aws-sdk/client-rds';
import type { BackupFact, CopiesFact, SnapshotsFact } from './facts.ts';

/** One for each day of the longest retention, and as many that failed. */
const keptAutomated = 80;

export interface ReadSnapshots {
  readonly fact: SnapshotsFact;
  /** Identifiers of all manual ones: only these can be shared. */
  readonly manual: readonly string[];
}

/** Every snapshot that this account has of the instance in the client's region, and what of it must be kept. */
export async function readSnapshots(rds: RDSClient, instance: string): Promise<ReadSnapshots> {
  const all = await describeSnapshots(rds, { DBInstanceIdentifier: instance });
  const manual = all.filter(({ SnapshotType }) => SnapshotType === 'manual');
  const automated = all.filter(({ SnapshotType }) => SnapshotType === 'automated').map(toBackupFact);
  return {
    fact: {
      automated: automated.toSorted(newestFirst).slice(0, keptAutomated),
      newestManual: newestUsable(manual),
      manualCount: manual.length,
      failedManual: manual.filter(isOfNoUse).map(identifierOf),
    },
    manual: manual.map(identifierOf),
  };
}

export interface ReadCopies {
  readonly fact: CopiesFact;
  readonly manual: readonly string[];
}

/** The copies in the second region: what was made there of snapshots of the instance. */
export async function readCopies(rds: RDSClient, instance: string): Promise<ReadCopies> {
  const all = await describeSnapshots(rds, { DBInstanceIdentifier: instance });
  const manual = all.filter(({ SnapshotType }) => SnapshotType === 'manual');
  const copies = manual.filter(({ SourceDBSnapshotIdentifier }) => SourceDBSnapshotIdentifier);
  return {
    fact: {
      newest: newestUsable(copies),
      count: copies.length,
      failed: copies.filter(isOfNoUse).map(identifierOf),
    },
    manual: manual.map(identifierOf),
  };
}

export async function describeSnapshots(
  rds: RDSClient,
  query: DescribeDBSnapshotsCommandInput,
): Promise<DBSnapshot[]> {
  const found: DBSnapshot[] = [];
  for await (const page of paginateDescribeDBSnapshots({ client: rds, pageSize: 100 }, query))
    found.push(...(page.DBSnapshots ?? []));
  return found;
}

/** What is still being made says nothing yet; whatever else is not available never will be. */
function isOfNoUse({ Status = '' }: DBSnapshot): boolean {
  return !['available', 'creating', 'copying', 'pending', 'deleting'].includes(Status);
}

function newestUsable(snapshots: readonly DBSnapshot[]): BackupFact | null {
  const usable = snapshots.filter(({ Status }) => Status === 'available').map(toBackupFact);
  return usable.toSorted(newestFirst)[0] ?? null;
}

/** What has no time yet goes first: it is being made, or has failed. */
function newestFirst(a: BackupFact, b: BackupFact): number {
  return begunAt(b) - begunAt(a);
}

function begunAt({ createdAt }: BackupFact): number {
  return createdAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(createdAt);
}

function identifierOf({ DBSnapshotIdentifier = '' }: DBSnapshot): string {
  return DBSnapshotIdentifier;
}

function toBackupFact(snapshot: DBSnapshot): BackupFact {
  return {
    identifier: identifierOf(snapshot),
    status: snapshot.Status ?? 'unknown',
    createdAt: (snapshot.OriginalSnapshotCreateTime ?? snapshot.SnapshotCreateTime)?.toISOString() ?? null,
    encrypted: snapshot.Encrypted ?? false,
    kmsKeyId: snapshot.KmsKeyId ?? null,
    sizeBytes: snapshot.FullSnapshotSizeInBytes ?? null,
  };
}
