import { AwsFault } from '../../gateway/service.ts';
import { copyCluster } from '../../postgres/data-directory.ts';
import { formatArn } from '../arn.ts';
import { type Action, type RdsCall, type RdsContext, stateOf } from '../context.ts';
import { emitSnapshotEvent, type SnapshotEventId } from '../event-catalogue.ts';
import { newSnapshotFolder } from '../folders.ts';
import { checkSnapshotIdentifier } from '../identifiers.ts';
import { checkKmsKey } from '../kms.ts';
import { whilePending } from '../pending.ts';
import type { Snapshot } from '../state.ts';
import { mergeTags } from '../tags.ts';
import { snapshotFields } from './describe.ts';
import { findSnapshot, requirePlaceForSnapshot } from './find.ts';

interface CopyEvents {
  readonly started: SnapshotEventId;
  readonly finished: SnapshotEventId;
  readonly ended: SnapshotEventId;
}

const ACROSS_REGIONS: CopyEvents = {
  started: 'RDS-EVENT-0059',
  finished: 'RDS-EVENT-0060',
  ended: 'RDS-EVENT-0061',
};
const WITHIN_REGION: CopyEvents = {
  started: 'RDS-EVENT-0196',
  finished: 'RDS-EVENT-0197',
  ended: 'RDS-EVENT-0190',
};

/** Called in the destination's region; the result is a manual snapshot with files of its own. */
export const copyDBSnapshot: Action = (rds, call) => {
  const { region, form } = call;
  const source = findSnapshot(rds, region, form.required('SourceDBSnapshotIdentifier'));
  const identifier = checkSnapshotIdentifier(
    'TargetDBSnapshotIdentifier',
    form.required('TargetDBSnapshotIdentifier'),
  );
  if (source.status !== 'available') {
    throw new AwsFault(
      'InvalidDBSnapshotState',
      `The snapshot ${source.identifier} cannot be copied: its status is ${source.status}.`,
    );
  }
  requirePlaceForSnapshot(rds, region, identifier);
  if (source.region !== region) requirePlaceForCopy(rds, region);
  const kmsKeyId = readKey(rds, call, source);
  const copied = form.flag('CopyTags') ? source.tags : [];
  const copy: Snapshot = {
    ...source,
    identifier,
    region,
    arn: formatArn({ region, type: 'snapshot', identifier }),
    type: 'manual',
    traits: { ...source.traits, kmsKeyId },
    folder: newSnapshotFolder(rds, region),
    sourceRegion: source.region,
    sourceArn: source.arn,
    status: 'creating',
    percentProgress: 0,
    tags: mergeTags(copied, form.tags() ?? []),
    createTime: new Date(),
    sharedWith: [],
    readers: new Set(),
  };
  stateOf(rds, region).snapshots.set(identifier, copy);
  rds.background.run(`Copying to ${identifier}`, () => fillCopy(rds, source, copy));
  return { DBSnapshot: snapshotFields(copy) };
};

function requirePlaceForCopy(rds: RdsContext, region: string): void {
  const copies = [...stateOf(rds, region).snapshots.values()].filter(
    ({ status, sourceRegion }) =>
      status === 'creating' && sourceRegion !== undefined && sourceRegion !== region,
  );
  if (copies.length >= rds.quotas.runningCopies) {
    throw new AwsFault(
      'SnapshotQuotaExceeded',
      `Cannot have more than ${rds.quotas.runningCopies} snapshot copies in progress to ${region}.`,
    );
  }
}

/** A key is bound to its region: an encrypted snapshot needs another one where it goes. */
function readKey(rds: RdsContext, { region, form }: RdsCall, source: Snapshot): string | undefined {
  const key = form.text('KmsKeyId');
  if (key) return checkKmsKey(rds, region, key);
  if (source.traits.kmsKeyId && source.region !== region) {
    throw new AwsFault(
      'InvalidParameterCombination',
      'A KmsKeyId of the destination region must be specified to copy an encrypted snapshot across regions.',
    );
  }
  return source.traits.kmsKeyId;
}

/** Never rejects for a fault on order: it shows as the status `failed`. */
async function fillCopy(rds: RdsContext, source: Snapshot, copy: Snapshot): Promise<void> {
  const { faults, background, delays } = rds;
  const events = source.region === copy.region ? WITHIN_REGION : ACROSS_REGIONS;
  emitSnapshotEvent(rds, copy, events.started);
  const sticks = faults.take('copy-sticks', copy.identifier, source.identifier);
  const fails = faults.take('copy-fails', copy.identifier, source.identifier);
  try {
    await background.pause(delays.copying / 2);
    if (sticks) await faults.stick(background.signal);
    if (fails) {
      copy.status = 'failed';
      emitSnapshotEvent(rds, copy, events.ended);
      return;
    }
    await whilePending(source.readers, copyCluster(rds.host, source.folder, copy.folder));
    copy.percentProgress = 50;
    await background.pause(delays.copying / 2);
    copy.percentProgress = 100;
    copy.status = 'available';
    emitSnapshotEvent(rds, copy, events.finished);
  } catch (error) {
    copy.status = 'failed';
    throw error;
  }
}
