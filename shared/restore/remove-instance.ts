import type { RDSClient } from '@aws-sdk/client-rds';
import { describeHours } from '../job/durations.ts';
import type { Job } from '../job/job.ts';
import { deleteInstance } from './delete-instance.ts';
import { describeInstance } from './describe-instances.ts';
import type { InstanceFact } from './instance-fact.ts';

export interface Removing {
  readonly rds: RDSClient;
  readonly identifier: string;
  /** Looked at before each call that deletes: whatever else has this name is left alone. */
  readonly isOwn: (instance: InstanceFact) => boolean;
  readonly everySeconds: number;
  readonly forHours: number;
}

interface Seen {
  /** Null where nothing of ours has that name. */
  readonly status: string | null;
  readonly at: string;
  readonly missing: number;
}

/** A restore whose answer was lost may show up late: once is not enough to believe that there is nothing. */
const goneAfter = 2;

/** Deletes an instance of ours and waits until it is gone; answers when that was. Throws ServiceError and PatienceError. */
export async function removeInstance(
  job: Pick<Job<unknown>, 'watch' | 'log'>,
  name: string,
  removing: Removing,
): Promise<string> {
  const { identifier, everySeconds, forHours } = removing;
  const { at } = await job.watch<Seen>(name, {
    look: (last) => look(job, removing, last),
    done: ({ missing }) => missing >= goneAfter,
    everySeconds,
    forHours,
    gaveUp: (last) =>
      `The instance ${identifier} was still ${last?.status ?? 'there'} ${describeHours(forHours)} after its deletion was asked for. It costs money until it is gone: the reaper goes on with it once it has expired; by hand: aws rds delete-db-instance --skip-final-snapshot --db-instance-identifier ${identifier}`,
  });
  return at;
}

async function look(
  { log }: Pick<Job<unknown>, 'log'>,
  { rds, identifier, isOwn }: Removing,
  last: Seen | undefined,
): Promise<Seen> {
  const instance = await describeInstance(rds, identifier);
  const at = new Date().toISOString();
  const gone = (sure: boolean) => ({
    status: null,
    at: last?.missing ? last.at : at,
    missing: sure ? goneAfter : (last?.missing ?? 0) + 1,
  });
  if (!instance) return gone(last?.status === 'deleting');
  if (!isOwn(instance)) return gone(true);
  if (instance.status !== 'deleting') {
    const deletion = await deleteInstance(rds, identifier);
    log.info('Deleting the instance', { instance: identifier, status: instance.status, deletion });
    return { status: deletion === 'asked' ? 'deleting' : instance.status, at, missing: 0 };
  }
  return { status: instance.status, at, missing: 0 };
}
