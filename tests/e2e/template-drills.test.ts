// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are what CloudFormation fills in.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { drillSecurityGroupVariable } from '../../shared/config/names.ts';
import { neededActions } from '../support/needed-actions.ts';
import { copyProject, editConfig, type ProjectCopy, packagedTemplate } from '../support/packaging.ts';
import {
  dependencies,
  list,
  type PolicyStatement,
  rendered,
  resource,
  resourcesOfType,
  statementsOf,
  type Template,
} from '../support/template.ts';

let project: ProjectCopy;
let template: Template;

beforeAll(async () => {
  project = await copyProject();
  // What the second region needs is named, so that the permissions to look for it are in the template.
  await editConfig(
    project.root,
    `stages.prod.databases.menotime.backupVerify.secondRegion = {
      subnetGroup: 'private', parameterGroup: 'postgres', secretId: 'menotime/db/prod',
    };`,
  );
  template = await packagedTemplate(project.root, 'prod');
});

afterAll(() => project.remove());

const properties = (logicalId: string) => resource(template, logicalId).Properties;
const allowed = (role: string): PolicyStatement[] =>
  statementsOf(resource(template, role)).filter(({ Effect }) => Effect === 'Allow');
const actions = (role: string) => allowed(role).flatMap(({ Action }) => list(Action));

describe('a role allows every call that is in its function’s bundle, and no call that is not', () => {
  const calls = /^(rds|rds-db|s3|dynamodb|sns|lambda|secretsmanager):/;

  async function differences(job: string, role: string) {
    const needed = await neededActions(job);
    const given = actions(role).filter((action) => calls.test(action));
    return {
      missing: needed.filter((action) => !given.includes(action)),
      unused: given.filter((action) => !needed.includes(action)),
    };
  }

  test('backup-verify', async () => {
    // Users are signed in to by a token, which the role of a database with a secret need not get.
    expect(await differences('backup-verify', 'BackupVerifyRole')).toEqual({
      missing: ['rds-db:connect'],
      unused: [],
    });
  });

  test('restore-drill', async () => {
    expect(await differences('restore-drill', 'RestoreDrillRole')).toEqual({
      // The safety snapshot before a restore for real, which is made with a person's own credentials.
      missing: ['rds:CreateDBSnapshot', 'rds-db:connect'],
      // Tagging is part of restoring.
      unused: ['rds:AddTagsToResource'],
    });
  });

  test('matview-refresh and db-maintenance, which work inside of the database alone', async () => {
    const works = { missing: ['rds-db:connect'], unused: [] };
    expect(await differences('matview-refresh', 'MatviewRefreshRole')).toEqual(works);
    expect(await differences('db-maintenance', 'DbMaintenanceRole')).toEqual(works);
  });

  test('drill-reaper', async () => {
    expect(await differences('drill-reaper', 'DrillReaperRole')).toEqual({ missing: [], unused: [] });
  });
});

describe('nothing is deleted or made that is not a drill’s', () => {
  test('instances are deleted by two roles, by name and tags together', () => {
    const deleting = Object.keys(template.Resources)
      .filter((logicalId) => resource(template, logicalId).Type === 'AWS::IAM::Role')
      .flatMap((role) =>
        allowed(role)
          .filter(({ Action }) =>
            list(Action).some((action) => /^rds:(Delete|Modify|Stop)DBInstance/.test(action)),
          )
          .map((found) => ({ role, ...found })),
      );
    expect(deleting.map(({ role }) => role).sort()).toEqual(['DrillReaperRole', 'RestoreDrillRole']);
    for (const { role, Resource, Condition } of deleting) {
      expect([role, list(Resource).map((one) => rendered(one).split(':db:')[1])]).toEqual([
        role,
        ['nightshift-drill-prod-*', 'nightshift-drill-prod-*'],
      ]);
      expect([role, Condition]).toEqual([
        role,
        {
          StringEquals: {
            'aws:ResourceTag/nightshift:managed-by': 'nightshift-prod',
            'aws:ResourceTag/nightshift:job': 'restore-drill',
          },
        },
      ]);
    }
  });

  test('instances are restored by one role, with the tags of a drill', () => {
    const restoring = Object.keys(template.Resources)
      .filter((logicalId) => resource(template, logicalId).Type === 'AWS::IAM::Role')
      .flatMap((role) =>
        allowed(role)
          .filter(({ Action }) =>
            list(Action).some((action) => /^rds:(Restore|CreateDBInstance)/.test(action)),
          )
          .map(({ Sid, Condition }) => [role, Sid, Object.keys(Condition?.StringEquals ?? {})]),
      );
    const tags = ['aws:RequestTag/nightshift:managed-by', 'aws:RequestTag/nightshift:job'];
    expect(restoring).toEqual([
      ['RestoreDrillRole', 'RestoreSnapshots', tags],
      ['RestoreDrillRole', 'RestoreToTimes', tags],
    ]);
  });

  test('what checks changes nothing but its own records, its claim, its log and its execution', () => {
    const changing = actions('BackupVerifyRole').filter(
      (action) => !/:(Describe|Get|List|Decrypt)/.test(action),
    );
    expect(changing.filter((action) => !/^(logs|xray|ec2):/.test(action)).sort()).toEqual([
      'dynamodb:PutItem',
      'kms:GenerateDataKey',
      'lambda:CheckpointDurableExecution',
      's3:PutObject',
      'sns:Publish',
      'sqs:SendMessage',
    ]);
  });
});

describe('what is restored', () => {
  test('stands in groups that lead to the functions alone', () => {
    const { SecurityGroupIngress, SecurityGroupEgress, VpcId } = properties('DrillSecurityGroup');
    const { SecurityGroupIds } = properties('RestoreDashdrillLambdaFunction').VpcConfig;
    expect(VpcId).toMatch(/^vpc-/);
    expect(SecurityGroupIngress).toEqual(
      SecurityGroupIds.map((SourceSecurityGroupId: string) => ({
        IpProtocol: 'tcp',
        FromPort: 5432,
        ToPort: 5432,
        SourceSecurityGroupId,
      })),
    );
    expect(SecurityGroupEgress).toEqual([{ IpProtocol: '-1', CidrIp: '127.0.0.1/32' }]);
    expect(properties('DrillSubnetGroup').SubnetIds).toEqual(
      properties('RestoreDashdrillLambdaFunction').VpcConfig.SubnetIds,
    );
  });

  test('preloads the libraries that the config names', () => {
    expect(properties('DrillParameterGroupMenotime')).toMatchObject({
      DBParameterGroupName: 'nightshift-prod-drill-menotime-postgres15',
      Family: 'postgres15',
      Parameters: { shared_preload_libraries: 'pg_stat_statements,pgaudit' },
    });
  });

  test('is found there: the function knows the id of the group', () => {
    const { Variables } = properties('RestoreDashdrillLambdaFunction').Environment;
    expect(rendered(Variables[drillSecurityGroupVariable])).toBe('${DrillSecurityGroup.GroupId}');
  });
});

describe('the three functions', () => {
  test('are two executions that last, and one that is short and stands outside of the VPC', () => {
    const shape = (logicalId: string) => {
      const { DurableConfig, VpcConfig, Timeout } = properties(logicalId);
      return {
        hours: DurableConfig && DurableConfig.ExecutionTimeout / 3_600,
        inVpc: Boolean(VpcConfig),
        Timeout,
      };
    };
    expect(shape('BackupDashverifyLambdaFunction')).toEqual({ hours: 2, inVpc: true, Timeout: 900 });
    // Until the instance has expired (8 h), its deletion (1 h), and telling.
    expect(shape('RestoreDashdrillLambdaFunction')).toEqual({ hours: 10, inVpc: true, Timeout: 900 });
    expect(shape('DrillDashreaperLambdaFunction')).toEqual({ hours: undefined, inVpc: false, Timeout: 300 });
  });

  test('start by their schedules, the reaper each hour and for the whole stage', () => {
    const schedule = (logicalId: string) => {
      const { ScheduleExpression, Target } = properties(logicalId);
      return [ScheduleExpression, rendered(Target.Arn), JSON.parse(Target.Input)];
    };
    const event = { trigger: 'schedule', scheduledTime: '<aws.scheduler.scheduled-time>' };
    expect(schedule('BackupDashverifyScheduleMenotime')).toEqual([
      'cron(0 9 * * ? *)',
      '${BackupDashverifyDurableLambdaAlias}',
      { ...event, database: 'menotime' },
    ]);
    expect(schedule('RestoreDashdrillScheduleMenotime')).toEqual([
      'cron(0 10 ? * SUN *)',
      '${RestoreDashdrillDurableLambdaAlias}',
      { ...event, database: 'menotime' },
    ]);
    expect(schedule('DrillDashreaperSchedule')).toEqual([
      'rate(1 hour)',
      '${DrillDashreaperLambdaFunction.Arn}',
      event,
    ]);
    expect(dependencies(template, 'SchedulerRole')).toContain('DrillDashreaperLambdaFunction');
  });

  test('understand what their schedules send, as every function does', async () => {
    const schedules = resourcesOfType(template, 'AWS::Scheduler::Schedule');
    expect(schedules.length).toBeGreaterThan(3);
    // The others lead to the queue of alarms.
    const started = schedules.filter(
      ([, { Properties }]) => !rendered(Properties.Target.Arn).includes('Queue'),
    );
    for (const [, { Properties }] of started) {
      const job = Properties.Name.replace(/-menotime(-urgent)?$/, '');
      const { parseEvent } = (await import(`../../functions/${job}/event.ts`)) as {
        parseEvent(raw: unknown): unknown;
      };
      const input = Properties.Target.Input.replace('<aws.scheduler.scheduled-time>', '2026-01-04T10:00:00Z');
      expect(() => parseEvent(JSON.parse(input))).not.toThrow();
    }
  });
});
