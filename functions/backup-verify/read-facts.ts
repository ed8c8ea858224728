import type { RDSClient } from '@aws-sdk/client-rds';
import { type Answer, isAnswered, valueIn } from './answer.ts';
import { ask } from './ask.ts';
import { wantedParameters } from './check-parameters.ts';
import type { Facts, InstanceFact, ParametersFact, SecondRegionFact, SharingFact } from './facts.ts';
import type { VerifyJob } from './job.ts';
import { readExportBytes } from './read-export-bytes.ts';
import { readInstance, readRecoveryWindow } from './read-instance.ts';
import { readDrills, readPast } from './read-records.ts';
import { readSecret } from './read-secret.ts';
import { readParameterGroup, readParameters, readSnapshotQuota, readSubnetGroup } from './read-settings.ts';
import { readSharing } from './read-sharing.ts';
import { readCopies, readSnapshots } from './read-snapshots.ts';

/** All that the checks work on, but the contents of exports and archives. What cannot be asked is said, and stops nothing. */
export async function readFacts(job: VerifyJob, readAt: string): Promise<Facts> {
  const past = await ask(
    {
      what: `The records of earlier checks of ${job.request.database}`,
      permission: 's3:GetObject and s3:ListBucket',
    },
    () => readPast(job),
  );
  const askFirst = valueIn(past)?.sharedSnapshots ?? [];
  const [home, away, secondRegion, exportBytes, drills] = await Promise.all([
    readHome(job, askFirst, readAt),
    readAway(job, askFirst, readAt),
    readSecondRegion(job),
    job.request.isExported
      ? ask({ what: 'The manifest of the last export', permission: 's3:GetObject and s3:ListBucket' }, () =>
          readExportBytes(job),
        )
      : null,
    ask({ what: 'The records of restore drills', permission: 's3:GetObject and s3:ListBucket' }, () =>
      readDrills(job),
    ),
  ]);
  const { instance, window, snapshots, parameters } = home;
  return {
    readAt,
    instance,
    window,
    snapshots,
    parameters,
    quotas: [home.quota, ...(away ? [away.quota] : [])],
    sharing: [...home.sharing, ...(away?.sharing ?? [])],
    copies: away?.copies ?? null,
    secondRegion,
    exportBytes,
    past,
    drills,
  };
}

/** With all else, fewer than 60 calls of RDS, however many snapshots there are. */
const mostAttributes = { home: 16, away: 8 };

async function readHome(job: VerifyJob, askFirst: readonly string[], readAt: string) {
  const { instance: name, region } = job.request;
  const rds = job.extra.rdsIn(region);
  const instance = await ask({ what: `The instance ${name}`, permission: 'rds:DescribeDBInstances' }, () =>
    readInstance(rds, name),
  );
  const [window, quota, listed] = await Promise.all([
    ask(
      { what: `The recovery window of ${name}`, permission: 'rds:DescribeDBInstanceAutomatedBackups' },
      () => readRecoveryWindow(rds, name),
    ),
    readQuota(rds, region),
    ask({ what: `The snapshots of ${name} in ${region}`, permission: 'rds:DescribeDBSnapshots' }, () =>
      readSnapshots(rds, name, valueIn(instance)?.resourceId ?? null),
    ),
  ]);
  const found = { region, askFirst, readAt, most: mostAttributes.home };
  return {
    instance,
    window,
    quota,
    snapshots: isAnswered(listed) ? { value: listed.value.fact } : listed,
    sharing: isAnswered(listed) ? [await askSharing(job, { ...found, manual: listed.value.manual })] : [],
    parameters: await askParameters(job, rds, valueIn(instance)),
  };
}

async function readAway(job: VerifyJob, askFirst: readonly string[], readAt: string) {
  const { copyTo, instance } = job.request;
  if (!copyTo) return undefined;
  const { region } = copyTo;
  const rds = job.extra.rdsIn(region);
  const [quota, listed] = await Promise.all([
    readQuota(rds, region),
    ask({ what: `The copies of ${instance} in ${region}`, permission: 'rds:DescribeDBSnapshots' }, () =>
      readCopies(rds, instance),
    ),
  ]);
  const found = { region, askFirst, readAt, most: mostAttributes.away };
  return {
    quota,
    copies: isAnswered(listed) ? { value: listed.value.fact } : listed,
    sharing: isAnswered(listed) ? [await askSharing(job, { ...found, manual: listed.value.manual })] : [],
  };
}

function readQuota(
  rds: RDSClient,
  region: string,
): Facts['quotas'][number] | Promise<Facts['quotas'][number]> {
  return ask({ what: `The quotas of RDS in ${region}`, permission: 'rds:DescribeAccountAttributes' }, () =>
    readSnapshotQuota(rds, region),
  );
}

interface SharingOrder {
  readonly region: string;
  readonly manual: readonly string[];
  readonly askFirst: readonly string[];
  readonly readAt: string;
  readonly most: number;
}

function askSharing(job: VerifyJob, { readAt, ...order }: SharingOrder): Promise<Answer<SharingFact>> {
  const { instance, account } = job.request;
  return ask(
    {
      what: `With whom the snapshots of ${instance} in ${order.region} are shared`,
      permission: 'rds:DescribeDBSnapshotAttributes and rds:DescribeDBSnapshots',
    },
    () =>
      readSharing({ rds: job.extra.rdsIn(order.region), account, instance, now: new Date(readAt), ...order }),
  );
}

async function askParameters(
  job: VerifyJob,
  rds: RDSClient,
  instance: InstanceFact | null | undefined,
): Promise<Answer<ParametersFact> | null> {
  const names = wantedParameters(job.request.settings.posture);
  const group = instance?.parameterGroup;
  if (names.length === 0 || !group) return null;
  return ask({ what: `The parameter group ${group}`, permission: 'rds:DescribeDBParameters' }, () =>
    readParameters(rds, group, names),
  );
}

async function readSecondRegion(job: VerifyJob): Promise<SecondRegionFact> {
  const { copyTo, settings } = job.request;
  if (!copyTo || !settings.secondRegion) return {};
  const { region } = copyTo;
  const { subnetGroup, parameterGroup, secretId } = settings.secondRegion;
  const rds = job.extra.rdsIn(region);
  const there = (what: string, permission: string) => ({ what: `${what} in ${region}`, permission });
  return {
    ...(subnetGroup && {
      subnetGroup: await ask(there(`The subnet group ${subnetGroup}`, 'rds:DescribeDBSubnetGroups'), () =>
        readSubnetGroup(rds, subnetGroup),
      ),
    }),
    ...(parameterGroup && {
      parameterGroup: await ask(
        there(`The parameter group ${parameterGroup}`, 'rds:DescribeDBParameterGroups'),
        () => readParameterGroup(rds, parameterGroup),
      ),
    }),
    ...(secretId && {
      secret: await ask(there(`The secret ${secretId}`, 'secretsmanager:DescribeSecret'), () =>
        readSecret(region, secretId),
      ),
    }),
  };
}
