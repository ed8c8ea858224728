// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are what CloudFormation fills in.
import { beforeAll, describe, expect, test } from '@jest/globals';
import { neededActions } from '../support/needed-actions.ts';
import { prodTemplate } from '../support/packaging.ts';
import {
  list,
  type PolicyStatement,
  rendered,
  resource,
  resourcesOfType,
  statement,
  statementsOf,
  type Template,
} from '../support/template.ts';

let template: Template;

beforeAll(async () => {
  template = await prodTemplate();
});

const properties = (logicalId: string) => resource(template, logicalId).Properties;

describe('the queue of alarms', () => {
  test('hides a batch for six times as long as alarm-fanout may take, and gives it up after ten times', () => {
    const { VisibilityTimeout, RedrivePolicy } = properties('AlarmQueue');
    expect(VisibilityTimeout).toBe(6 * properties('AlarmDashfanoutLambdaFunction').Timeout);
    expect(RedrivePolicy.maxReceiveCount).toBe(10);
    expect(rendered(RedrivePolicy.deadLetterTargetArn)).toBe('${AlarmDeadLetters.Arn}');
  });

  test('takes messages of the stage’s rules and of topics of the account, by TLS', () => {
    const { Queues, PolicyDocument } = properties('AlarmQueuePolicy');
    expect(Queues.map(rendered)).toEqual(['${AlarmQueue}', '${AlarmDeadLetters}']);
    const found = (PolicyDocument.Statement as PolicyStatement[]).map(({ Effect, Principal, Condition }) => [
      Effect,
      Principal,
      Object.values(Object.values(Condition ?? {})[0] ?? {}).map(rendered)[0],
    ]);
    expect(found).toEqual([
      [
        'Allow',
        { Service: 'events.amazonaws.com' },
        'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/nightshift-prod-*',
      ],
      ['Allow', { Service: 'sns.amazonaws.com' }, 'arn:${AWS::Partition}:sns:*:${AWS::AccountId}:*'],
      ['Deny', '*', 'false'],
    ]);
    for (const [, { Properties }] of resourcesOfType(template, 'AWS::Events::Rule')) {
      expect(Properties.Name).toMatch(/^nightshift-prod-/);
    }
  });

  test('takes failed runs from the alert topic, and no success', () => {
    const { FilterPolicy, FilterPolicyScope, Endpoint, TopicArn } = properties('FailedRuns');
    expect({ FilterPolicy, FilterPolicyScope }).toEqual({
      FilterPolicy: { status: ['failed'] },
      FilterPolicyScope: 'MessageAttributes',
    });
    expect([TopicArn, Endpoint].map(rendered)).toEqual(['${AlertTopic}', '${AlarmQueue.Arn}']);
  });

  test('feeds alarm-fanout record by record, and each sink’s queue its function', () => {
    const mappings = resourcesOfType(template, 'AWS::Lambda::EventSourceMapping').map(
      ([, { Properties }]) => Properties,
    );
    expect(
      mappings.map(({ EventSourceArn, FunctionName }) => [rendered(EventSourceArn), rendered(FunctionName)]),
    ).toEqual([
      ['${AlarmQueue.Arn}', '${AlarmDashfanoutLambdaFunction.Arn}'],
      ['${SinkQueueChannel.Arn}', '${SinkDashchannelLambdaFunction.Arn}'],
      ['${SinkQueueOnDashcall.Arn}', '${SinkDashonDashcallLambdaFunction.Arn}'],
      ['${SinkQueueMail.Arn}', '${SinkDashmailLambdaFunction.Arn}'],
    ]);
    for (const { FunctionResponseTypes, ScalingConfig } of mappings) {
      expect(FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
      expect(ScalingConfig.MaximumConcurrency).toBeGreaterThanOrEqual(2);
    }
  });
});

test('what is remembered expires by itself, is recoverable and encrypted', () => {
  const table = (logicalId: string) => {
    const { KeySchema, TimeToLiveSpecification, ...rest } = properties(logicalId);
    expect(rest).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      SSESpecification: { SSEEnabled: true },
    });
    return [...KeySchema.map(Object.values), TimeToLiveSpecification.AttributeName];
  };
  expect(table('AlarmTable')).toEqual([['pk', 'HASH'], ['sk', 'RANGE'], 'expiresAt']);
  expect(table('DeliveryTable')).toEqual([['id', 'HASH'], 'expiration']);
});

test('alarms of this account and region may call alarm-intake, and leave with it what it could not take in', () => {
  const { Principal, SourceAccount, SourceArn, FunctionName } = properties('AlarmIntakePermission');
  expect(Principal).toBe('lambda.alarms.cloudwatch.amazonaws.com');
  expect([SourceAccount, SourceArn, FunctionName].map(rendered)).toEqual([
    '${AWS::AccountId}',
    'arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*',
    '${AlarmDashintakeLambdaFunction.Arn}',
  ]);
  const { DeadLetterConfig } = properties('AlarmDashintakeLambdaFunction');
  expect(rendered(DeadLetterConfig.TargetArn)).toBe('${AlarmDeadLetters.Arn}');
});

test('of the functions on the way only alarm-context stands in the VPC', () => {
  const inVpc = resourcesOfType(template, 'AWS::Lambda::Function')
    .filter(([logicalId]) => /^(AlarmDash|SinkDash)/.test(logicalId))
    .map(([logicalId, { Properties }]) => [logicalId, Properties.VpcConfig !== undefined]);
  expect(Object.fromEntries(inVpc)).toEqual({
    AlarmDashfanoutLambdaFunction: false,
    AlarmDashintakeLambdaFunction: false,
    AlarmDashcontextLambdaFunction: true,
    SinkDashchannelLambdaFunction: false,
    SinkDashonDashcallLambdaFunction: false,
    SinkDashmailLambdaFunction: false,
  });
});

describe('a role allows every call that is in its function’s bundle, and no call that is not', () => {
  const calls = /^(rds|rds-db|s3|dynamodb|sns|sqs|ssm|lambda|secretsmanager|cloudwatch):/;

  /** Lambda's own, in the name of a function that a queue feeds. */
  const polling = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

  async function differences(job: string, role: string) {
    const needed = new Set(await neededActions(job));
    const given = new Set(statementsOf(resource(template, role)).flatMap(({ Action }) => list(Action)));
    return {
      missing: [...needed].filter((action) => !given.has(action)).sort(),
      unused: [...given]
        .filter((action) => calls.test(action) && !needed.has(action) && !polling.includes(action))
        .sort(),
    };
  }

  test('alarm-fanout', async () => {
    // Powertools forgets a change whose work failed.
    expect(await differences('alarm-fanout', 'AlarmFanoutRole')).toEqual({
      missing: [],
      unused: ['dynamodb:DeleteItem'],
    });
  });

  test('alarm-intake', async () => {
    expect(await differences('alarm-intake', 'AlarmIntakeRole')).toEqual({ missing: [], unused: [] });
  });

  test('alarm-context', async () => {
    // Users are signed in to by a token, which the role of a database with a secret need not get.
    expect(await differences('alarm-context', 'AlarmContextRole')).toEqual({
      missing: ['rds-db:connect'],
      unused: [],
    });
  });

  test('alarm-delivery, of each sink', async () => {
    // Powertools remembers deliveries, and reads the secret of a sink that has one.
    const remembered = ['dynamodb:DeleteItem', 'dynamodb:PutItem'];
    for (const [role, read] of [
      ['SinkRoleChannel', ['secretsmanager:GetSecretValue']],
      ['SinkRoleOnDashcall', ['secretsmanager:GetSecretValue']],
      ['SinkRoleMail', []],
    ] as const) {
      expect([role, await differences('alarm-delivery', role)]).toEqual([
        role,
        { missing: [], unused: [...remembered, ...read] },
      ]);
    }
  });
});

test('what asks databases changes nothing, anywhere', () => {
  const changing = statementsOf(resource(template, 'AlarmContextRole'))
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => list(Action))
    .filter((action) => !/:(Describe|Get|List|Decrypt)/.test(action) && !/^(logs|xray|ec2):/.test(action));
  expect(changing).toEqual([]);
});

test('alarm-fanout asks about this stage’s own runs, and databases through alarm-context alone', () => {
  const role = resource(template, 'AlarmFanoutRole');
  const functions = (sid: string) =>
    list(statement(role, sid).Resource).map((one) => rendered(one).split(':function:')[1]);
  expect(functions('AskDatabases')).toEqual(['nightshift-prod-alarm-context']);
  expect(functions('SeeRunningJobs')).toContain('nightshift-prod-snapshot-export:*/durable-execution/*/*');
  expect(functions('SeeRunningJobs')).toHaveLength(6);
});
