import { AwsFault } from '../../gateway/service.ts';
import { identifierIn } from '../arn.ts';
import { type Action, stateOf } from '../context.ts';
import type { Snapshot } from '../state.ts';
import { applyFilters, type FilterFields } from '../wire/filters.ts';
import type { Form } from '../wire/form.ts';
import { paginate } from '../wire/pagination.ts';
import type { XmlObject } from '../wire/xml.ts';
import { EVERYBODY } from './sharing.ts';

const FILTERS: FilterFields<Snapshot> = {
  'db-instance-id': ({ instanceIdentifier }) => [instanceIdentifier],
  'db-snapshot-id': ({ identifier, arn }) => [identifier, arn],
  'dbi-resource-id': ({ dbiResourceId }) => [dbiResourceId],
  'snapshot-type': ({ type }) => [type],
  engine: () => ['postgres'],
};

/** Nothing local is `shared` by another account, or made by AWS Backup. */
const TYPES = ['automated', 'manual', 'shared', 'public', 'awsbackup'];

export const describeDBSnapshots: Action = (rds, { region, form }) => {
  const snapshots = [...stateOf(rds, region).snapshots.values()];
  const selected = applyFilters(select(snapshots, form, region), form.filters(), FILTERS);
  const page = paginate(selected, form, ({ identifier }) => identifier);
  return { DBSnapshots: page.items.map(snapshotFields), Marker: page.marker };
};

/** An automated snapshot is only found by its identifier when `SnapshotType` says so, as the service demands. */
function select(snapshots: readonly Snapshot[], form: Form, region: string): Snapshot[] {
  const type = form.text('SnapshotType');
  if (type && !TYPES.includes(type)) {
    throw new AwsFault(
      'InvalidParameterValue',
      `Invalid snapshot type: ${type}. Must be one of ${TYPES.join(', ')}.`,
    );
  }
  const given = form.text('DBSnapshotIdentifier');
  const identifier = given && identifierIn(given, 'snapshot', region).identifier;
  const instance = form.text('DBInstanceIdentifier')?.toLowerCase();
  const resource = form.text('DbiResourceId');
  const found = snapshots.filter(
    (snapshot) =>
      (!type || isOfType(snapshot, type)) &&
      (!instance || snapshot.instanceIdentifier === instance) &&
      (!resource || snapshot.dbiResourceId === resource) &&
      (!identifier ||
        (snapshot.identifier === identifier && (snapshot.type === 'manual' || type === 'automated'))),
  );
  if (identifier && found.length === 0) {
    throw new AwsFault('DBSnapshotNotFound', `DBSnapshot ${identifier} not found.`, 404);
  }
  return found;
}

function isOfType(snapshot: Snapshot, type: string): boolean {
  return type === 'public' ? snapshot.sharedWith.includes(EVERYBODY) : snapshot.type === type;
}

/** The fields of the service's `DBSnapshot`. Neither the moment that it holds nor anything of its contents is told. */
export function snapshotFields(snapshot: Snapshot): XmlObject {
  const { traits, status } = snapshot;
  const available = status === 'available';
  return {
    DBSnapshotIdentifier: snapshot.identifier,
    DBSnapshotArn: snapshot.arn,
    DBInstanceIdentifier: snapshot.instanceIdentifier,
    DbiResourceId: snapshot.dbiResourceId,
    SnapshotType: snapshot.type,
    Status: status,
    PercentProgress: snapshot.percentProgress,
    SnapshotCreateTime: available ? snapshot.createTime : undefined,
    OriginalSnapshotCreateTime: available ? snapshot.originalCreateTime : undefined,
    InstanceCreateTime: snapshot.instanceCreateTime,
    Engine: 'postgres',
    EngineVersion: traits.engineVersion,
    LicenseModel: 'postgresql-license',
    MasterUsername: traits.masterUsername,
    AllocatedStorage: traits.allocatedStorageGiB,
    FullSnapshotSizeInBytes: available ? snapshot.sizeBytes : undefined,
    StorageType: 'gp3',
    Port: snapshot.port,
    AvailabilityZone: `${snapshot.region}a`,
    Encrypted: traits.kmsKeyId !== undefined,
    KmsKeyId: traits.kmsKeyId,
    SourceRegion: snapshot.sourceRegion,
    SourceDBSnapshotIdentifier: snapshot.sourceArn,
    IAMDatabaseAuthenticationEnabled: false,
    TagList: snapshot.tags.map(({ Key, Value }) => ({ Key, Value })),
  };
}
