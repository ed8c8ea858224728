import { drillSecurityGroupVariable } from '../../shared/config/names.ts';
import type { StageConfig } from '../../shared/config/schema.ts';
import { ConfigError } from '../../shared/job/errors.ts';
import { attribute, logicalName, type Resource, type Resources } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { type DrilledDatabase, drilledDatabases } from './job-databases.ts';

/**
 * Where restored instances stand: the subnets of the functions, a security group that lets in the functions alone, and
 * for a database whose config says so a parameter group. What the config names itself is not made.
 */
export function drillGroupResources(deployment: Deployment): Resources {
  return {
    ...(makesSubnetGroup(deployment.config) ? { DrillSubnetGroup: subnetGroup(deployment) } : {}),
    ...(makesSecurityGroup(deployment.config) ? { DrillSecurityGroup: securityGroup(deployment) } : {}),
    ...parameterGroups(deployment),
  };
}

/** RDS is given a security group by its id, which only the stack knows. */
export function drillEnvironment({ config }: Deployment) {
  if (!makesSecurityGroup(config)) return {};
  return { [drillSecurityGroupVariable]: attribute('DrillSecurityGroup', 'GroupId') };
}

/**
 * Groups are of one region: those that the config names for drills of copies are of the copies'. A drill here is started
 * by hand then, and has groups where the VPC is said.
 */
function needsGroup(
  config: StageConfig,
  isNamed: (instance: DrilledDatabase['settings']['instance']) => boolean,
): boolean {
  return (
    config.vpc !== undefined &&
    drilledDatabases(config).some(({ settings }) =>
      isMeantForHere(settings) ? !isNamed(settings.instance) : config.vpc?.vpcId !== undefined,
    )
  );
}

function isMeantForHere({ source }: DrilledDatabase['settings']): boolean {
  return source !== 'second region';
}

function makesSubnetGroup(config: StageConfig): boolean {
  return needsGroup(config, ({ subnetGroup }) => subnetGroup !== undefined);
}

function makesSecurityGroup(config: StageConfig): boolean {
  return needsGroup(config, ({ securityGroupIds = [] }) => securityGroupIds.length > 0);
}

function subnetGroup({ config, names }: Deployment): Resource {
  const { subnetIds = [] } = config.vpc ?? {};
  if (subnetIds.length < 2) {
    throw new ConfigError(
      'RDS takes a subnet group of two availability zones or more: give "vpc.subnetIds" a second one, or name a group of your own in "restoreDrill.instance.subnetGroup".',
    );
  }
  return {
    Type: 'AWS::RDS::DBSubnetGroup',
    Properties: {
      DBSubnetGroupName: names.drillSubnetGroup,
      DBSubnetGroupDescription: 'Where Nightshift restores to in its drills',
      SubnetIds: subnetIds,
    },
  };
}

const postgresPort = 5_432;

function securityGroup({ config }: Deployment): Resource {
  const { vpcId, securityGroupIds = [] } = config.vpc ?? {};
  if (vpcId === undefined) {
    throw new ConfigError(
      'A security group is made in a VPC: say "vpc.vpcId", or name groups of your own in "restoreDrill.instance.securityGroupIds".',
    );
  }
  return {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: 'What Nightshift restores in its drills: only its functions reach it',
      VpcId: vpcId,
      SecurityGroupIngress: securityGroupIds.map((source) => ({
        IpProtocol: 'tcp',
        FromPort: postgresPort,
        ToPort: postgresPort,
        SourceSecurityGroupId: source,
      })),
      // Answers need no rule. Without any rule of ours, AWS would let everything out: this one leads to nowhere.
      SecurityGroupEgress: [{ IpProtocol: '-1', CidrIp: '127.0.0.1/32' }],
    },
  };
}

function parameterGroups({ config, names }: Deployment): Resources {
  const made = drilledDatabases(config).flatMap(({ database, settings }) => {
    const { postgres, parameterGroup } = settings.instance;
    if (postgres === undefined || parameterGroup !== undefined || !isMeantForHere(settings)) return [];
    const group: Resource = {
      Type: 'AWS::RDS::DBParameterGroup',
      Properties: {
        DBParameterGroupName: names.drillParameterGroup(database),
        Description: `Nightshift restores ${database} with it in its drills`,
        Family: postgres.family,
        Parameters: { shared_preload_libraries: postgres.sharedPreloadLibraries.join(',') },
      },
    };
    return [[`DrillParameterGroup${logicalName(database)}`, group] as const];
  });
  return Object.fromEntries(made);
}
