import type { Client } from 'pg';
import { databaseOf, withJobConnection } from '../../shared/postgres/connect-job.ts';
import type { InstanceFact } from '../../shared/restore/instance-fact.ts';
import type { DrillJob } from './job.ts';

export type Connect = <T>(use: (client: Client) => Promise<T>) => Promise<T>;

/** The restored instance has the source's users and passwords: connects to it as every job connects to the source. */
export function connectTo(job: DrillJob, instance: InstanceFact): Connect {
  const options = {
    statementTimeoutSeconds: job.request.settings.statementTimeoutMinutes * 60,
    signIn: signInOf(job),
  };
  return (use) => withJobConnection(job, instance, use, options);
}

/** In the second region, a token is of that region, and a secret may have a replica there: the first may be gone. */
function signInOf(job: DrillJob) {
  const { config, request } = job;
  const { auth, backupVerify } = databaseOf(job);
  const replica = backupVerify?.secondRegion?.secretId;
  const away = request.region !== config.region;
  if (!away || auth.kind === 'iam') return { auth, region: request.region };
  return replica === undefined
    ? { auth, region: config.region }
    : { auth: { kind: 'secret', secretId: replica } as const, region: request.region };
}
