import { memoriesOf } from '../../shared/alarm/sink-memories.ts';
import type { SinkConfig } from '../../shared/config/schema.ts';
import { functionOfSink } from './alarm-delivery-functions.ts';
import { type DeployedSink, deployedSinks } from './alarm-sinks.ts';
import {
  arn,
  attribute,
  logicalName,
  type Resource,
  type Resources,
  ref,
  type Statement,
  sub,
  viaService,
} from './cloudformation.ts';
import type { Deployment } from './deployment.ts';
import { secretStatements } from './sign-in-access.ts';

/** The roles of the functions that deliver: each may read its own sink's secret and queue, and no other's. */
export function deliveryRoleResources(deployment: Deployment): Resources {
  if (!Object.hasOwn(deployment.pipeFunctionNames, 'alarm-delivery')) return {};
  return Object.fromEntries(
    deployedSinks(deployment).map((one) => [one.role, deliveryRole(deployment, one)]),
  );
}

function deliveryRole(deployment: Deployment, sink: DeployedSink): Resource {
  const statements = [
    ...functionStatements(deployment, sink),
    ...queueStatements(sink),
    ...stateStatements(sink),
    ...receiptStatements(deployment, sink),
    ...reachStatements(sink),
  ];
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      Description: `Delivers to the sink ${sink.sink} of Nightshift, stage ${deployment.stage}`,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ],
      },
      Policies: [
        { PolicyName: 'function', PolicyDocument: { Version: '2012-10-17', Statement: statements } },
      ],
    },
  };
}

function functionStatements({ names }: Deployment, { sink }: DeployedSink): Statement[] {
  const name = names.functionName(functionOfSink(sink));
  return [
    {
      Sid: 'WriteOwnLog',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: arn('logs', `log-group:/aws/lambda/${name}:*`),
    },
    {
      Sid: 'Trace',
      Effect: 'Allow',
      Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
      Resource: '*',
    },
  ];
}

function queueStatements({ queue, deadLetters }: DeployedSink): Statement[] {
  return [
    {
      Sid: 'TakePages',
      Effect: 'Allow',
      // The first three are Lambda's, in the function's name.
      Action: [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ChangeMessageVisibility',
      ],
      Resource: attribute(queue, 'Arn'),
    },
    {
      Sid: 'BuryPages',
      Effect: 'Allow',
      Action: ['sqs:GetQueueUrl', 'sqs:SendMessage'],
      Resource: attribute(deadLetters, 'Arn'),
    },
    {
      Sid: 'TellOtherwise',
      Effect: 'Allow',
      Action: 'sns:Publish',
      Resource: [ref('PageTopic'), ref('AlertTopic')],
    },
  ];
}

function stateStatements({ sink }: DeployedSink): Statement[] {
  return [
    {
      Sid: 'KeepThreads',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      Resource: attribute('AlarmTable', 'Arn'),
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [`thread#${sink}`] } },
    },
    {
      Sid: 'RememberDeliveries',
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      Resource: attribute('DeliveryTable', 'Arn'),
      Condition: {
        'ForAllValues:StringLike': {
          'dynamodb:LeadingKeys': memoriesOf(sink).map((memory) => `${memory}#*`),
        },
      },
    },
  ];
}

function receiptStatements({ keyArn }: Deployment, { sink }: DeployedSink): Statement[] {
  const receipts = sub(`\${BackupBucket.Arn}/runs/alarm-delivery/${sink}/*`);
  return [
    {
      Sid: 'UseTheKey',
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: keyArn,
      Condition: { StringEquals: { 'kms:ViaService': viaService('s3') } },
    },
    {
      // A missing receipt must read as missing, not as forbidden.
      Sid: 'ListBucket',
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: attribute('BackupBucket', 'Arn'),
    },
    { Sid: 'ReadReceipts', Effect: 'Allow', Action: 's3:GetObject', Resource: receipts },
    {
      Sid: 'WriteReceipts',
      Effect: 'Allow',
      Action: 's3:PutObject',
      Resource: receipts,
      // Written once, by permission too.
      Condition: { Null: { 's3:if-none-match': 'false' } },
    },
  ];
}

const ssmPrefix = 'ssm:';

/** What it takes to reach the sink itself: a secret, or a topic. */
function reachStatements({ sink, settings }: DeployedSink): Statement[] {
  switch (settings.kind) {
    case 'sns':
      return [...publishTo(settings.topicArn), encryptFor(settings.topicArn)];
    case 'email':
      return publishTo(ref(`MailTopic${logicalName(sink)}`));
    default:
      return secretOf(settings);
  }
}

function publishTo(Resource: Statement['Resource']): Statement[] {
  return [{ Sid: 'TellPeople', Effect: 'Allow', Action: 'sns:Publish', Resource }];
}

/** Where somebody encrypts the topic: whoever publishes to it uses its key, which only the topic knows. */
function encryptFor(topicArn: string): Statement {
  const [, partition, , region = '', account] = topicArn.split(':');
  return {
    Sid: 'UseTheKeyOfTheTopic',
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    // Any key of the topic's account: it works for this topic alone, through its service alone.
    Resource: `arn:${partition}:kms:${region}:${account}:key/*`,
    Condition: {
      StringEquals: {
        'kms:ViaService': viaService('sns', region),
        'kms:EncryptionContext:aws:sns:topicArn': topicArn,
      },
    },
  };
}

function secretOf({ secret }: Extract<SinkConfig, { readonly secret: string }>): Statement[] {
  if (!secret.startsWith(ssmPrefix)) return secretStatements([secret]);
  const name = secret.slice(ssmPrefix.length);
  // SSM joins both with one stroke, whether the name begins with one or not.
  const parameter = name.startsWith('arn:') ? name : arn('ssm', `parameter/${name.replace(/^\//, '')}`);
  return [
    { Sid: 'ReadParameter', Effect: 'Allow', Action: 'ssm:GetParameter', Resource: parameter },
    {
      Sid: 'OpenParameter',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      // A parameter may lie under any key of the account: the key opens this one alone, through its service alone.
      Resource: arn('kms', 'key/*'),
      Condition: {
        StringEquals: {
          'kms:ViaService': viaService('ssm'),
          'kms:EncryptionContext:PARAMETER_ARN': parameter,
        },
      },
    },
  ];
}
