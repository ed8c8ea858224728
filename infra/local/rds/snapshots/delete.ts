import { rm } from 'node:fs/promises';
import { AwsFault } from '../../gateway/service.ts';
import { type Action, stateOf } from '../context.ts';
import { emitSnapshotEvent } from '../event-catalogue.ts';
import { snapshotFields } from './describe.ts';
import { findSnapshot } from './find.ts';

/** Only manual snapshots with an end state can be deleted; an export that reads one goes on. */
export const deleteDBSnapshot: Action = (rds, { region, form }) => {
  const snapshot = findSnapshot(rds, region, form.required('DBSnapshotIdentifier'));
  if (snapshot.region !== region) {
    throw new AwsFault('DBSnapshotNotFound', `DBSnapshot not found: ${snapshot.identifier}`, 404);
  }
  if (snapshot.type === 'automated' || snapshot.status === 'creating') {
    const reason =
      snapshot.type === 'automated' ? 'it is an automated one' : `its status is ${snapshot.status}`;
    throw new AwsFault(
      'InvalidDBSnapshotState',
      `Cannot delete the snapshot ${snapshot.identifier}, because ${reason}.`,
    );
  }
  stateOf(rds, region).snapshots.delete(snapshot.identifier);
  rds.background.run(`Deleting snapshot ${snapshot.identifier}`, async () => {
    await Promise.allSettled(snapshot.readers);
    await rm(snapshot.folder, { recursive: true, force: true });
  });
  emitSnapshotEvent(rds, snapshot, 'RDS-EVENT-0041');
  return { DBSnapshot: { ...snapshotFields(snapshot), Status: 'deleted' } };
};
