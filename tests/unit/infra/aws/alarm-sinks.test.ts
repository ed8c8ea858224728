// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are what CloudFormation fills in.
import { expect, test } from '@jest/globals';
import { deliveryRoleResources } from '../../../../infra/aws/alarm-delivery-access.ts';
import { deliveryFunctions } from '../../../../infra/aws/alarm-delivery-functions.ts';
import { sinkResources } from '../../../../infra/aws/alarm-sinks.ts';
import type { Resource, Statement } from '../../../../infra/aws/cloudformation.ts';
import { resourceNames } from '../../../../shared/config/names.ts';
import { alarmsInput } from '../../../support/alarms-input.ts';
import { deployed, drilledInput } from '../../../support/deployed-stage.ts';
import { rendered } from '../../../support/template.ts';

const piped = deployed({ shop: drilledInput }, { alarms: alarmsInput });
const sinks = Object.keys(alarmsInput.sinks);
const names = resourceNames('test', piped.config);
const found = sinkResources(piped);
const properties = (logicalId: string): Record<string, unknown> => ({ ...found[logicalId]?.Properties });

test('a stage without alarms has no sinks, and nothing of them', () => {
  const without = deployed({ shop: drilledInput });
  for (const make of [sinkResources, deliveryRoleResources, deliveryFunctions])
    expect(make(without)).toEqual({});
});

test('each sink has a queue of the name that the code looks for, and dead letters after a day of tries', () => {
  const queues = Object.values(found)
    .filter(({ Type }) => Type === 'AWS::SQS::Queue')
    .map(({ Properties }) => Properties.QueueName);
  const named = sinks.flatMap((sink) => [names.sinkQueue(sink), names.sinkDeadLetters(sink)]);
  expect(queues.sort()).toEqual(named.sort());
  expect(properties('SinkQueueOnDashcall')).toMatchObject({
    QueueName: 'nightshift-test-sink-on-call',
    SqsManagedSseEnabled: true,
    RedrivePolicy: {
      deadLetterTargetArn: { 'Fn::GetAtt': ['SinkDeadLettersOnDashcall', 'Arn'] },
      maxReceiveCount: 200,
    },
  });
});

test('a queue hides a batch for six times as long as its function may take', () => {
  for (const { events, timeout } of Object.values(deliveryFunctions(piped)) as DeployedFunction[]) {
    const [queue = ''] = events[0]?.sqs.arn['Fn::GetAtt'] ?? [];
    expect(properties(queue).VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeout);
  }
});

interface DeployedFunction {
  readonly name: string;
  readonly timeout: number;
  readonly role: string;
  readonly environment: { readonly NIGHTSHIFT_SINK: string };
  readonly vpc?: unknown;
  readonly events: readonly {
    readonly sqs: {
      readonly arn: { readonly 'Fn::GetAtt': readonly string[] };
      readonly functionResponseType: string;
    };
  }[];
}

test('pages come in by the sink’s name, from the page topic alone; what cannot come in is a dead letter', () => {
  expect(properties('SinkSubscriptionChat')).toEqual({
    TopicArn: { Ref: 'PageTopic' },
    Protocol: 'sqs',
    Endpoint: { 'Fn::GetAtt': ['SinkQueueChat', 'Arn'] },
    RawMessageDelivery: true,
    FilterPolicyScope: 'MessageAttributes',
    FilterPolicy: { sinks: ['chat'] },
    RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['SinkDeadLettersChat', 'Arn'] } },
  });
  const { Queues, PolicyDocument } = properties('SinkQueuePolicyChat') as {
    Queues: unknown;
    PolicyDocument: { Statement: Statement[] };
  };
  expect(Queues).toEqual([{ Ref: 'SinkQueueChat' }, { Ref: 'SinkDeadLettersChat' }]);
  const [allow, deny] = PolicyDocument.Statement;
  expect([allow?.Effect, allow?.Condition]).toEqual([
    'Allow',
    { ArnEquals: { 'aws:SourceArn': { Ref: 'PageTopic' } } },
  ]);
  expect([deny?.Effect, deny?.Condition]).toEqual(['Deny', { Bool: { 'aws:SecureTransport': false } }]);
});

test('a sink of e-mail has a topic with its address as the one subscriber, and no other sink has', () => {
  expect(properties('MailTopicMail')).toEqual({ TopicName: 'nightshift-test-mail-mail' });
  expect(names.mailTopicArn('mail').endsWith(':nightshift-test-mail-mail')).toBe(true);
  expect(properties('MailSubscriptionMail')).toEqual({
    TopicArn: { Ref: 'MailTopicMail' },
    Protocol: 'email',
    Endpoint: 'database-on-call@menotime.example',
  });
  expect(Object.keys(found).filter((id) => id.startsWith('MailTopic'))).toEqual([
    'MailTopicMail',
    'MailTopicPolicyMail',
  ]);
});

test('each sink has a function of its own outside of any VPC, of one bundle, that answers record by record', () => {
  const functions = deliveryFunctions(piped) as Record<string, DeployedFunction>;
  expect(Object.keys(functions)).toEqual(sinks.map((sink) => `sink-${sink}`));
  for (const [sink, one] of Object.entries(functions)) {
    expect(one.name).toBe(`nightshift-test-${sink}`);
    expect(one.environment.NIGHTSHIFT_SINK).toBe(sink.replace('sink-', ''));
    expect(one.vpc).toBeUndefined();
    expect(one.events[0]?.sqs.functionResponseType).toBe('ReportBatchItemFailures');
  }
  expect(new Set(Object.values(functions).map(({ role }) => role)).size).toBe(sinks.length);
});

const roles: Readonly<Record<string, Resource>> = deliveryRoleResources(piped);

function statements(role: string): Statement[] {
  const policies = roles[role]?.Properties.Policies as { PolicyDocument: { Statement: Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

/** What reaches the sink itself: its actions, and what they are on. */
function reaches(role: string): string[] {
  return statements(role)
    .filter(({ Sid }) => ['ReadSecrets', 'ReadParameter', 'TellPeople'].includes(Sid))
    .flatMap(({ Action, Resource }) => [Resource].flat().map((one) => `${Action} ${rendered(one)}`));
}

test('a function reads the secret of its own sink, or publishes to its own topic, and nothing else of the kind', () => {
  expect(reaches('SinkRoleChat')).toEqual([
    'secretsmanager:GetSecretValue arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:alarms/chat-??????',
  ]);
  expect(reaches('SinkRoleBot')).toEqual([
    'ssm:GetParameter arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/alarms/bot',
  ]);
  expect(reaches('SinkRoleTopic')).toEqual(['sns:Publish arn:aws:sns:us-west-1:111122223333:operations']);
  expect(reaches('SinkRoleMail')).toEqual(['sns:Publish ${MailTopicMail}']);
});

test('a topic that somebody encrypts is published to by its key, which opens nothing else', () => {
  const using = (role: string) => statements(role).filter(({ Sid }) => Sid === 'UseTheKeyOfTheTopic');
  const [key] = using('SinkRoleTopic');
  expect(key?.Action).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
  expect(key?.Resource).toBe('arn:aws:kms:us-west-1:111122223333:key/*');
  expect(key?.Condition).toEqual({
    StringEquals: {
      'kms:ViaService': { 'Fn::Sub': 'sns.us-west-1.${AWS::URLSuffix}' },
      'kms:EncryptionContext:aws:sns:topicArn': 'arn:aws:sns:us-west-1:111122223333:operations',
    },
  });
  expect(using('SinkRoleMail')).toEqual([]);
});

test('it keeps threads of its own sink alone, and writes its own receipts once', () => {
  const named = (sid: string) => statements('SinkRoleChat').find(({ Sid }) => Sid === sid);
  expect(named('KeepThreads')?.Condition).toEqual({
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['thread#chat'] },
  });
  expect(rendered(named('WriteReceipts')?.Resource)).toBe('${BackupBucket.Arn}/runs/alarm-delivery/chat/*');
  expect(named('WriteReceipts')?.Condition).toEqual({ Null: { 's3:if-none-match': 'false' } });
});
