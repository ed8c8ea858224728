import type { Action, RdsContext } from '../context.ts';
import { automatedSnapshotIdentifier, checkSnapshotIdentifier } from '../identifiers.ts';
import { findInstance, requireAvailable } from '../instances/find.ts';
import { whilePending } from '../pending.ts';
import type { Instance, Snapshot } from '../state.ts';
import { mergeTags } from '../tags.ts';
import { snapshotFields } from './describe.ts';
import { requirePlaceForSnapshot } from './find.ts';
import { fillSnapshot, registerSnapshot } from './take.ts';

export const createDBSnapshot: Action = (rds, { region, form }) => {
  const identifier = checkSnapshotIdentifier('DBSnapshotIdentifier', form.required('DBSnapshotIdentifier'));
  const instance = findInstance(rds, region, form.required('DBInstanceIdentifier'));
  const tags = mergeTags(instance.copyTagsToSnapshot ? instance.tags : [], form.tags() ?? []);
  requirePlaceForSnapshot(rds, region, identifier);
  requireAvailable(rds, instance);
  const snapshot = registerSnapshot(rds, instance, { identifier, type: 'manual', tags });
  begin(rds, instance, snapshot);
  return { DBSnapshot: snapshotFields(snapshot) };
};

/** A deletion of the instance waits for it. */
function begin(rds: RdsContext, instance: Instance, snapshot: Snapshot): Promise<void> {
  const work = rds.background.run(`Snapshot ${snapshot.identifier}`, () =>
    fillSnapshot(rds, instance, snapshot),
  );
  return whilePending(instance.work, work);
}

/**
 * What RDS does in the backup window: `rds:<instance>-YYYY-MM-DD-hh-mm`, named for `at`. Resolves to the identifier
 * once the snapshot has its end state.
 */
export async function takeAutomatedSnapshot(rds: RdsContext, instance: Instance, at: Date): Promise<string> {
  if (instance.backupRetentionDays === 0) {
    throw new Error(`${instance.identifier} keeps no automated backups: its retention is 0 days.`);
  }
  const identifier = automatedSnapshotIdentifier(instance.identifier, at);
  requirePlaceForSnapshot(rds, instance.region, identifier);
  requireAvailable(rds, instance);
  const tags = instance.copyTagsToSnapshot ? instance.tags : [];
  const snapshot = registerSnapshot(rds, instance, { identifier, type: 'automated', tags });
  await begin(rds, instance, snapshot);
  return identifier;
}
