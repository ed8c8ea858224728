import { isTransient } from '../../shared/aws/errors.ts';
import { describeHours } from '../../shared/job/durations.ts';
import { PostgresError } from '../../shared/job/errors.ts';
import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import type { DrillJob } from './job.ts';
import { connectTo } from './sign-in.ts';

interface Tried {
  readonly connectedAt: string | null;
  /** What stood in the way the last time. */
  readonly fault: string | null;
}

/**
 * Connects to a restored instance, whose name may not be known to DNS at once; answers when that was. Throws
 * PostgresError where it is refused, and PatienceError.
 */
export async function waitForConnection(job: DrillJob, instance: InstanceFact): Promise<string> {
  const { polling, patience } = job.request.settings;
  const forHours = patience.connectMinutes / 60;
  const tried = await job.watch<Tried>('connect', {
    look: () => tryToConnect(job, instance),
    done: ({ connectedAt }) => connectedAt !== null,
    everySeconds: polling.instanceSeconds,
    forHours,
    gaveUp: (last) =>
      `${instance.identifier} is ${instance.status}, and could not be connected to for ${describeHours(forHours)}: ${last?.fault ?? 'nothing was told'} See whether its security group lets the function in, and whether it stands in the function's VPC.`,
  });
  return tried.connectedAt ?? '';
}

async function tryToConnect(job: DrillJob, instance: InstanceFact): Promise<Tried> {
  try {
    await connectTo(job, instance)((client) => client.query('SELECT 1'));
    return { connectedAt: new Date().toISOString(), fault: null };
  } catch (error) {
    if (isTransient(error)) return { connectedAt: null, fault: (error as Error).message };
    if (!(error instanceof PostgresError)) throw error;
    throw new PostgresError(
      `${error.message} The restored database has the users and passwords of the moment that it was restored to: where one was changed since, the secret no longer fits it.`,
      { cause: error },
    );
  }
}
