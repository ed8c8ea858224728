import { expect, test } from '@jest/globals';
import { drillEnvironment, drillGroupResources } from '../../../../infra/aws/drill-groups.ts';
import { drillSecurityGroupVariable } from '../../../../shared/config/names.ts';
import { type DatabaseInput, deployed, drilledInput, vpcInput } from '../../../support/deployed-stage.ts';

type Drill = NonNullable<DatabaseInput['restoreDrill']>;

const drilling = (restoreDrill: Drill): Record<string, DatabaseInput> => ({
  menotime: { ...drilledInput, restoreDrill },
});
const groups = (...given: Parameters<typeof deployed>) => drillGroupResources(deployed(...given));

test('an instance is let in to on the port of Postgres, by the functions alone, and lets nothing out', () => {
  const { DrillSecurityGroup } = groups(drilling({}));
  expect(DrillSecurityGroup?.Properties).toMatchObject({
    VpcId: 'vpc-1',
    SecurityGroupIngress: [
      { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: 'sg-1' },
      { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: 'sg-2' },
    ],
    SecurityGroupEgress: [{ IpProtocol: '-1', CidrIp: '127.0.0.1/32' }],
  });
});

test('the function is told the id of the group, which only the stack knows', () => {
  expect(drillEnvironment(deployed(drilling({})))).toEqual({
    [drillSecurityGroupVariable]: { 'Fn::GetAtt': ['DrillSecurityGroup', 'GroupId'] },
  });
});

test('groups have the names that the code looks for', () => {
  const postgres = { family: 'postgres15', sharedPreloadLibraries: ['pg_stat_statements', 'pgaudit'] };
  const deployment = deployed(drilling({ instance: { postgres } }));
  const { DrillSubnetGroup, DrillParameterGroupMenotime } = drillGroupResources(deployment);
  expect(DrillSubnetGroup?.Properties).toMatchObject({
    DBSubnetGroupName: deployment.names.drillSubnetGroup,
    SubnetIds: vpcInput.subnetIds,
  });
  expect(DrillParameterGroupMenotime?.Properties).toMatchObject({
    DBParameterGroupName: deployment.names.drillParameterGroup('menotime'),
    Family: 'postgres15',
    Parameters: { shared_preload_libraries: 'pg_stat_statements,pgaudit' },
  });
});

test('without libraries in the config the source’s own parameter group is used, and none is made', () => {
  const deployment = deployed(drilling({}));
  expect(Object.keys(drillGroupResources(deployment)).sort()).toEqual([
    'DrillSecurityGroup',
    'DrillSubnetGroup',
  ]);
  expect(deployment.names.drillParameterGroup('menotime')).toBeUndefined();
});

test('what the config names itself is not made, and wins', () => {
  const instance = {
    subnetGroup: 'private',
    securityGroupIds: ['sg-9'],
    parameterGroup: 'drills',
    postgres: { family: 'postgres15' },
  };
  const deployment = deployed(drilling({ instance }));
  expect(drillGroupResources(deployment)).toEqual({});
  expect(drillEnvironment(deployment)).toEqual({});
  expect(deployment.names.drillParameterGroup('menotime')).toBe('drills');
});

test('outside of a VPC there is nothing to make a group of', () => {
  const deployment = deployed(drilling({}), { vpc: undefined });
  expect(drillGroupResources(deployment)).toEqual({});
  expect(deployment.names.drillSubnetGroup).toBeUndefined();
});

test('groups that are named for drills of copies are of the second region: here the template’s are used', () => {
  const instance = { subnetGroup: 'private', securityGroupIds: ['sg-9'], postgres: { family: 'postgres15' } };
  const ofCopies = drilling({ source: 'second region', instance });
  expect(Object.keys(groups(ofCopies)).sort()).toEqual(['DrillSecurityGroup', 'DrillSubnetGroup']);
  const { vpcId: _, ...without } = vpcInput;
  expect(groups(ofCopies, { vpc: without })).toEqual({});
});

test('a VPC whose id or second subnet is not said is asked for, before anything is deployed', () => {
  const { vpcId: _, ...without } = vpcInput;
  expect(() => groups(drilling({}), { vpc: without })).toThrow(
    /"vpc.vpcId".*restoreDrill.instance.securityGroupIds/,
  );
  expect(() => groups(drilling({}), { vpc: { ...vpcInput, subnetIds: ['subnet-1'] } })).toThrow(
    /two availability zones.*"vpc.subnetIds"/,
  );
});

test('a stage without drills has no groups for them', () => {
  const { restoreDrill: _, ...bare } = drilledInput;
  expect(groups({ menotime: { ...bare, backupVerify: {} } })).toEqual({});
});
