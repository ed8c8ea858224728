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

/** What is named of many; the rest is counted. */
const mostNamed = 100;

/**
 * Every snapshot that this account has under the instance's name in the client's region, and what of it must be kept. A
 * name may have been another instance's before: with a resource id, only its own snapshots count.
 */
export async function readSnapshots(
  rds: RDSClient,
  instance: string,
  resourceId: string | null,
): Promise<ReadSnapshots> {
  const all = await describeSnapshots(rds, { DBInstanceIdentifier: instance });
  const isOwn = ({ DbiResourceId }: DBSnapshot) =>
    resourceId === null || DbiResourceId === undefined || DbiResourceId === resourceId;
  const own = all.filter(isOwn);
  const manual = own.filter(({ SnapshotType }) => SnapshotType === 'manual');
  const automated = own.filter(({ SnapshotType }) => SnapshotType === 'automated').map(toBackupFact);
  const others = all.filter((snapshot) => !isOwn(snapshot)).map(toBackupFact);
  return {
    fact: {
      automated: automated.toSorted(newestFirst).slice(0, keptAutomated),
      newestManual: newestUsable(manual),
      manualCount: manual.length,
      failedManual: manual.filter(isOfNoUse).map(identifierOf).slice(0, mostNamed),
      ofEarlier: others
        .toSorted(newestFirst)
        .map(({ identifier }) => identifier)
        .slice(0, mostNamed),
    },
    // Whoever may restore one of an earlier instance has its rows all the same.
    manual: all.filter(({ SnapshotType }) => SnapshotType === 'manual').map(identifierOf),
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
      failed: copies.filter(isOfNoUse).map(identifierOf).slice(0, mostNamed),
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
