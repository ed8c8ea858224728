import { DescribeDBSnapshotAttributesCommand, type RDSClient } from '@aws-sdk/client-rds';
import { hasName } from '../../shared/aws/errors.ts';
import { mapAtOnce } from '../../shared/job/at-once.ts';
import { chooseSnapshots } from './choose-snapshots.ts';
import type { SharingFact } from './facts.ts';
import { describeSnapshots } from './read-snapshots.ts';

export interface SharingQuestion {
  readonly rds: RDSClient;
  readonly region: string;
  readonly account: string;
  readonly instance: string;
  /** Identifiers of the manual snapshots of the instance in this region. */
  readonly manual: readonly string[];
  /** Found shared the last time. */
  readonly askFirst: readonly string[];
  /** So many calls at most: there is one for each snapshot, and no call that tells of all. */
  readonly most: number;
  readonly now: Date;
}

const callsAtOnce = 5;
const dayMs = 86_400_000;
const everybody = 'all';

/** Who may restore the snapshots of the instance. One call tells of every public one; of accounts, only a snapshot's own attributes do. */
export async function readSharing(question: SharingQuestion): Promise<SharingFact> {
  const { rds, region, manual, askFirst, most, now } = question;
  const day = Math.floor(now.getTime() / dayMs);
  const chosen = chooseSnapshots({ all: manual, first: askFirst, most, day });
  const [listed, asked] = await Promise.all([
    publicSnapshots(question),
    mapAtOnce(chosen, callsAtOnce, async (snapshot) => ({
      snapshot,
      accounts: await readAccounts(rds, snapshot),
    })),
  ]);
  const open = asked.filter(({ accounts }) => accounts.includes(everybody)).map(({ snapshot }) => snapshot);
  return {
    region,
    snapshots: manual.length,
    asked: chosen.length,
    publicOnes: [...new Set([...listed, ...open])],
    shared: asked
      .map(({ snapshot, accounts }) => ({ snapshot, accounts: accounts.filter((one) => one !== everybody) }))
      .filter(({ accounts }) => accounts.length > 0),
  };
}

/** Everybody's public snapshots are answered, also those of a stranger's instance that has the same name. */
async function publicSnapshots({ rds, account, instance }: SharingQuestion): Promise<string[]> {
  const found = await describeSnapshots(rds, { DBInstanceIdentifier: instance, SnapshotType: 'public' });
  return found
    .filter(({ DBSnapshotArn = '' }) => DBSnapshotArn.split(':')[4] === account)
    .map(({ DBSnapshotIdentifier = '' }) => DBSnapshotIdentifier);
}

async function readAccounts(rds: RDSClient, snapshot: string): Promise<string[]> {
  try {
    const { DBSnapshotAttributesResult } = await rds.send(
      new DescribeDBSnapshotAttributesCommand({ DBSnapshotIdentifier: snapshot }),
    );
    const attributes = DBSnapshotAttributesResult?.DBSnapshotAttributes ?? [];
    return attributes
      .filter(({ AttributeName }) => AttributeName === 'restore')
      .flatMap(({ AttributeValues = [] }) => AttributeValues);
  } catch (error) {
    // Deleted since it was listed.
    if (hasName(error, 'DBSnapshotNotFoundFault')) return [];
    throw error;
  }
}
