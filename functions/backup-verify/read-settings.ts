import {
  DescribeAccountAttributesCommand,
  DescribeDBParameterGroupsCommand,
  DescribeDBSubnetGroupsCommand,
  paginateDescribeDBParameters,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { hasName } from '../../shared/aws/errors.ts';
import type { ParametersFact, QuotaFact } from './facts.ts';

/** How many manual snapshots the region has, and how many it may have; null where RDS names no such quota. */
export async function readSnapshotQuota(rds: RDSClient, region: string): Promise<QuotaFact | null> {
  const { AccountQuotas = [] } = await rds.send(new DescribeAccountAttributesCommand({}));
  const quota = AccountQuotas.find(({ AccountQuotaName }) => AccountQuotaName === 'ManualSnapshots');
  return quota ? { region, used: quota.Used ?? 0, most: quota.Max ?? 0 } : null;
}

/** The values of the named parameters of a group; RDS answers all of them, and lets nobody choose. */
export async function readParameters(
  rds: RDSClient,
  group: string,
  names: readonly string[],
): Promise<ParametersFact> {
  const found: Record<string, string | null> = {};
  const pages = paginateDescribeDBParameters({ client: rds, pageSize: 100 }, { DBParameterGroupName: group });
  for await (const { Parameters = [] } of pages) {
    for (const { ParameterName = '', ParameterValue } of Parameters) {
      if (names.includes(ParameterName)) found[ParameterName] = ParameterValue ?? null;
    }
  }
  return found;
}

export async function readSubnetGroup(rds: RDSClient, name: string): Promise<{ status: string } | null> {
  try {
    const { DBSubnetGroups = [] } = await rds.send(
      new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: name }),
    );
    return (
      DBSubnetGroups.map(({ SubnetGroupStatus = 'unknown' }) => ({ status: SubnetGroupStatus }))[0] ?? null
    );
  } catch (error) {
    if (hasName(error, 'DBSubnetGroupNotFoundFault')) return null;
    throw error;
  }
}

/** `family`: `postgres15`. */
export async function readParameterGroup(rds: RDSClient, name: string): Promise<{ family: string } | null> {
  try {
    const { DBParameterGroups = [] } = await rds.send(
      new DescribeDBParameterGroupsCommand({ DBParameterGroupName: name }),
    );
    return (
      DBParameterGroups.map(({ DBParameterGroupFamily = 'unknown' }) => ({
        family: DBParameterGroupFamily,
      }))[0] ?? null
    );
  } catch (error) {
    if (hasName(error, 'DBParameterGroupNotFoundFault')) return null;
    throw error;
  }
}
