import type { RDSClient } from '@aws-sdk/client-rds';
import { describeHours } from '../job/durations.ts';
import { ServiceError } from '../job/errors.ts';
import type { Job } from '../job/job.ts';
import { describeInstance } from './describe-instances.ts';
import type { InstanceFact } from './instance-fact.ts';
import { adviceOnBadEnd, isUsable } from './statuses.ts';

export interface Following {
  readonly rds: RDSClient;
  readonly identifier: string;
  readonly everySeconds: number;
  readonly forHours: number;
}

export interface Available {
  readonly instance: InstanceFact;
  readonly availableAt: string;
}

interface Seen {
  readonly instance: InstanceFact | null;
  readonly at: string;
  /** How many times in a row RDS did not know it: its answers may lag behind what was made. */
  readonly missing: number;
}

const goneAfter = 3;

/**
 * Follows a restored instance until it can be connected to. Throws ServiceError at once where it ends badly or is
 * deleted, and PatienceError.
 */
export async function followRestore(
  job: Pick<Job<unknown>, 'watch' | 'log'>,
  following: Following,
): Promise<Available> {
  const { identifier, everySeconds, forHours } = following;
  const { instance, at } = await job.watch<Seen>('wait for the instance', {
    look: (last) => look(job, following, last),
    done: ({ instance: seen, missing }) => missing >= goneAfter || (seen !== null && hasEnded(seen)),
    everySeconds,
    forHours,
    gaveUp: (last) =>
      `The instance ${identifier} was still ${last?.instance?.status ?? 'not to be seen'} ${describeHours(forHours)} after its restore was asked for. See its events in RDS; a larger "patience.restoreHours" in the config waits longer.`,
  });
  if (!instance) {
    throw new ServiceError(
      `The instance ${identifier} is gone before it was available: somebody deleted it meanwhile.`,
    );
  }
  const advice = adviceOnBadEnd(instance.status);
  if (advice) throw new ServiceError(`The restore to ${identifier} ended as ${instance.status}. ${advice}`);
  return { instance, availableAt: at };
}

/** Available without an address is not yet the end. */
function hasEnded({ status, address }: InstanceFact): boolean {
  return (isUsable(status) && address !== null) || adviceOnBadEnd(status) !== undefined;
}

async function look(
  { log }: Pick<Job<unknown>, 'log'>,
  { rds, identifier }: Following,
  last: Seen | undefined,
): Promise<Seen> {
  const instance = await describeInstance(rds, identifier);
  const at = new Date().toISOString();
  if (!instance) return { instance: null, at, missing: (last?.missing ?? 0) + 1 };
  log.info('Restored instance', { instance: identifier, status: instance.status });
  return { instance, at, missing: 0 };
}
