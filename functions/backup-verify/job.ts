import type { RDSClient } from '@aws-sdk/client-rds';
import { rdsClient } from '../../shared/aws/clients.ts';
import type { Job, Surroundings } from '../../shared/job/job.ts';
import type { VerifyRequest } from './event.ts';

export const jobName = 'backup-verify';

/** The clients that only this job needs. */
export interface Clients {
  rdsIn(region: string): RDSClient;
}

export type VerifyJob = Job<VerifyRequest, Clients>;

export function prepareClients(_surroundings: Surroundings): Clients {
  const byRegion = new Map<string, RDSClient>();
  return {
    rdsIn: (region) => {
      const client = byRegion.get(region) ?? rdsClient(region);
      byRegion.set(region, client);
      return client;
    },
  };
}
