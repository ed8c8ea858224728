import { mostReceives } from '../../shared/alarm/most-receives.ts';
import type { SinkConfig } from '../../shared/config/schema.ts';
import { attribute, logicalName, type Resource, type Resources, ref, type Value } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';

/** One sink of a stage's alarms, and what its resources are called. */
export interface DeployedSink {
  readonly sink: string;
  readonly settings: SinkConfig;
  readonly queue: string;
  readonly deadLetters: string;
  readonly role: string;
}

export function deployedSinks({ config }: Deployment): DeployedSink[] {
  return Object.entries(config.alarms?.sinks ?? {}).map(([sink, settings]) => ({
    sink,
    settings,
    queue: `SinkQueue${logicalName(sink)}`,
    deadLetters: `SinkDeadLetters${logicalName(sink)}`,
    role: `SinkRole${logicalName(sink)}`,
  }));
}

/** For each sink a queue that takes its pages from the topic, with a dead-letter queue; for e-mail a topic, too. */
export function sinkResources(deployment: Deployment): Resources {
  return Object.fromEntries(
    deployedSinks(deployment).flatMap((sink) => [
      ...Object.entries(queues(deployment, sink)),
      ...Object.entries(mail(deployment, sink)),
    ]),
  );
}

/** The longest that SQS keeps a message; one that becomes a dead letter is as old as it was before. */
const retentionSeconds = 1_209_600;

function queues({ names }: Deployment, { sink, queue, deadLetters }: DeployedSink): Resources {
  const name = logicalName(sink);
  return {
    [deadLetters]: queueResource(names.sinkDeadLetters(sink)),
    [queue]: queueResource(names.sinkQueue(sink), {
      // Six times as long as alarm-delivery may take; it says itself when a page that waits is to come again.
      VisibilityTimeout: 360,
      RedrivePolicy: {
        deadLetterTargetArn: attribute(deadLetters, 'Arn'),
        maxReceiveCount: mostReceives,
      },
    }),
    [`SinkQueuePolicy${name}`]: queuePolicy([queue, deadLetters]),
    [`SinkSubscription${name}`]: {
      Type: 'AWS::SNS::Subscription',
      Properties: {
        TopicArn: ref('PageTopic'),
        Protocol: 'sqs',
        Endpoint: attribute(queue, 'Arn'),
        RawMessageDelivery: true,
        FilterPolicyScope: 'MessageAttributes',
        FilterPolicy: { sinks: [sink] },
        RedrivePolicy: { deadLetterTargetArn: attribute(deadLetters, 'Arn') },
      },
    },
  };
}

function queueResource(name: string, more: object = {}): Resource {
  return {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: name,
      MessageRetentionPeriod: retentionSeconds,
      SqsManagedSseEnabled: true,
      ...more,
    },
  };
}

function queuePolicy(queues: readonly string[]): Resource {
  const arns = queues.map((queue) => attribute(queue, 'Arn'));
  return {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: queues.map(ref),
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'PagesComeIn',
            Effect: 'Allow',
            Principal: { Service: 'sns.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: arns,
            Condition: { ArnEquals: { 'aws:SourceArn': ref('PageTopic') } },
          },
          onlyTls('sqs:SendMessage', arns),
        ],
      },
    },
  };
}

function onlyTls(Action: string, Resource: Value | readonly Value[]) {
  return {
    Sid: 'OnlyTls',
    Effect: 'Deny',
    Principal: '*',
    Action,
    Resource,
    Condition: { Bool: { 'aws:SecureTransport': false } },
  };
}

export const nameOfTopic = (topicArn: string) => topicArn.split(':').at(-1) ?? '';

/** AWS asks the address to confirm before it sends anything. */
function mail({ names }: Deployment, { sink, settings }: DeployedSink): Resources {
  if (settings.kind !== 'email') return {};
  const topic = `MailTopic${logicalName(sink)}`;
  return {
    [topic]: {
      Type: 'AWS::SNS::Topic',
      Properties: { TopicName: nameOfTopic(names.mailTopicArn(sink)) },
    },
    [`MailTopicPolicy${logicalName(sink)}`]: {
      Type: 'AWS::SNS::TopicPolicy',
      Properties: {
        Topics: [ref(topic)],
        PolicyDocument: { Version: '2012-10-17', Statement: [onlyTls('sns:Publish', ref(topic))] },
      },
    },
    [`MailSubscription${logicalName(sink)}`]: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: ref(topic), Protocol: 'email', Endpoint: settings.address },
    },
  };
}
