import type { RDSClient } from '@aws-sdk/client-rds';
import { PreconditionError, ServiceError } from '../job/errors.ts';
import { describeInstance } from './describe-instances.ts';
import { restoreTags } from './drill-instance.ts';
import type { InstanceFact } from './instance-fact.ts';
import type { RestoreOrder } from './restore-order.ts';
import { sendRestore } from './send-restore.ts';

export interface Started {
  /** ISO 8601: when the restore was first asked for, by whichever execution. */
  readonly beganAt: string;
}

/**
 * Begins a restore, once: what an earlier execution began, or a call whose answer was lost, is found by name and by
 * `isOwn`, and taken over. Throws PreconditionError where the name is somebody else's, and ServiceError.
 */
export async function startRestore(
  rds: RDSClient,
  order: RestoreOrder,
  isOwn: (instance: InstanceFact) => boolean,
): Promise<Started> {
  const beganAt = new Date().toISOString();
  const present = await describeInstance(rds, order.identifier);
  if (present) return takeOver(present, isOwn, beganAt);
  const tags = { ...order.tags, [restoreTags.beganAt]: beganAt };
  if (await sendRestore(rds, { ...order, tags })) return { beganAt };
  const made = await describeInstance(rds, order.identifier);
  if (made) return takeOver(made, isOwn, beganAt);
  throw new ServiceError(
    `RDS says that an instance ${order.identifier} exists, and does not describe it.`,
    // Its answers may lag behind what was made.
    { transient: true },
  );
}

function takeOver(
  instance: InstanceFact,
  isOwn: (instance: InstanceFact) => boolean,
  beganAt: string,
): Started {
  if (isOwn(instance)) return { beganAt: instance.tags[restoreTags.beganAt] ?? beganAt };
  throw new PreconditionError(
    `An instance named ${instance.identifier} exists and does not carry the tags of this run, so that it is somebody else's. Nothing was restored. Delete or rename it, or choose another name, then start again.`,
  );
}
