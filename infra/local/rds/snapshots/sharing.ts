import { AwsFault } from '../../gateway/service.ts';
import type { Action } from '../context.ts';
import type { Snapshot } from '../state.ts';
import type { XmlObject } from '../wire/xml.ts';
import { findSnapshot } from './find.ts';

/** In the place of an account's number: the snapshot is public. */
export const EVERYBODY = 'all';

export const describeDBSnapshotAttributes: Action = (rds, { region, form }) =>
  attributesOf(findSnapshot(rds, region, form.required('DBSnapshotIdentifier')));

/** Lets other accounts restore a manual snapshot, or everybody; an encrypted one cannot be public. */
export const modifyDBSnapshotAttribute: Action = (rds, { region, form }) => {
  const snapshot = findSnapshot(rds, region, form.required('DBSnapshotIdentifier'));
  if (form.required('AttributeName') !== 'restore' || snapshot.type !== 'manual') {
    throw new AwsFault(
      'InvalidParameterValue',
      'Only the attribute restore of a manual snapshot can be changed.',
    );
  }
  const added = form.list('ValuesToAdd', 'AttributeValue') ?? [];
  const removed = form.list('ValuesToRemove', 'AttributeValue') ?? [];
  if (added.includes(EVERYBODY) && snapshot.traits.kmsKeyId !== undefined) {
    throw new AwsFault('InvalidParameterValue', 'An encrypted snapshot cannot be shared with everybody.');
  }
  snapshot.sharedWith = [...new Set([...snapshot.sharedWith, ...added])].filter(
    (one) => !removed.includes(one),
  );
  return attributesOf(snapshot);
};

function attributesOf({ identifier, sharedWith }: Snapshot): XmlObject {
  return {
    DBSnapshotAttributesResult: {
      DBSnapshotIdentifier: identifier,
      DBSnapshotAttributes: [{ AttributeName: 'restore', AttributeValues: sharedWith }],
    },
  };
}
