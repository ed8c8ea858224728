import { AwsFault } from '../../gateway/service.ts';
import type { Action } from '../context.ts';
import { emitSnapshotEvent } from '../event-catalogue.ts';
import { checkKmsKey } from '../kms.ts';
import { findSnapshot } from '../snapshots/find.ts';
import { instanceFields } from './describe.ts';
import { beginRestore, registerRestored } from './restore.ts';

/** A second server from the snapshot's files, on a port of its own, with the source's passwords. */
export const restoreDBInstanceFromDBSnapshot: Action = (rds, { region, form }) => {
  const snapshot = findSnapshot(rds, region, form.required('DBSnapshotIdentifier'));
  if (snapshot.region !== region) {
    throw new AwsFault('DBSnapshotNotFound', `DBSnapshot not found: ${snapshot.identifier}`, 404);
  }
  if (snapshot.status !== 'available') {
    throw new AwsFault(
      'InvalidDBSnapshotState',
      `The snapshot ${snapshot.identifier} cannot be restored: its status is ${snapshot.status}.`,
    );
  }
  const { kmsKeyId } = snapshot.traits;
  if (kmsKeyId) checkKmsKey(rds, region, kmsKeyId);
  const identifier = form.required('DBInstanceIdentifier');
  const instance = registerRestored(rds, region, identifier, snapshot, form);
  beginRestore(rds, instance, snapshot, () => {
    emitSnapshotEvent(rds, snapshot, 'RDS-EVENT-0043');
  });
  return { DBInstance: instanceFields(rds, instance) };
};
