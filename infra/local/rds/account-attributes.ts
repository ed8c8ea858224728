import { type Action, stateOf } from './context.ts';

/** What the region has of what the account may have: the two quotas that the local RDS holds anybody to. */
export const describeAccountAttributes: Action = (rds, { region }) => {
  const { instances, snapshots } = stateOf(rds, region);
  const manual = [...snapshots.values()].filter(({ type }) => type === 'manual').length;
  return {
    AccountQuotas: [
      { AccountQuotaName: 'DBInstances', Used: instances.size, Max: rds.quotas.instances },
      { AccountQuotaName: 'ManualSnapshots', Used: manual, Max: rds.quotas.manualSnapshots },
    ],
  };
};
