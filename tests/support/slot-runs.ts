import { type DurableContext, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { claimsTable } from '../../infra/local/aws/claims-table.ts';
import { withCheckpointServer } from '../../infra/local/lambda/durable-environment.ts';
import { runDurable } from '../../infra/local/lambda/run-durable.ts';
import { startStack } from '../../infra/local/stack.ts';
import { resourceNames } from '../../shared/config/names.ts';
import { step, watch } from '../../shared/job/durable.ts';
import type { Job } from '../../shared/job/job.ts';
import type { Message } from '../../shared/job/message.ts';
import { type Outcome, runSlot, type SlotRequest, type SlotResult } from '../../shared/job/run-slot.ts';
import { localClients } from './local-clients.ts';
import { stageConfig } from './stage-config.ts';

export type Story = (job: Job<SlotRequest>) => Promise<Outcome<unknown, Message | null>>;

export interface ToldMessage {
  readonly subject: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A stack on which stories run as jobs do, each in a durable execution of its own; what is told can be read back. */
export async function startSlotRuns() {
  const config = stageConfig();
  const names = resourceNames('prod', config);
  const stack = await startStack({
    regions: [config.region],
    buckets: [{ name: names.backupBucket, region: config.region }],
    topics: [{ name: names.alertTopic, region: config.region }],
    tables: [claimsTable(names.claimsTable)],
  });
  const clients = localClients({ endpoint: stack.endpoint });
  // One checkpoint server for all runs: each of its own would leave a thread behind.
  const ending = Promise.withResolvers<void>();
  const checkpoints = withCheckpointServer(() => ending.promise);
  const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  const Endpoint = `arn:aws:sqs:${config.region}:${config.account}:told`;
  await clients.sns.send(new SubscribeCommand({ TopicArn: names.alertTopicArn, Protocol: 'sqs', Endpoint }));

  function jobOf(context: DurableContext, request: SlotRequest): Job<SlotRequest> {
    return {
      stage: 'prod',
      config,
      names,
      aws: clients,
      environment: {},
      name: 'snapshot-export',
      request,
      startedAt: new Date(),
      executionArn: context.executionContext.durableExecutionArn,
      extra: {},
      log: context.logger,
      step: (name, work) => step(context, name, work),
      watch: (name, watching) => watch(context, name, watching),
      sleep: (name, seconds) => context.wait(name, { seconds }),
    };
  }

  async function told(): Promise<ToldMessage[]> {
    const { Messages = [] } = await clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length > 0) {
      const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
      await clients.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
    return Messages.map(({ Body }) => messageOf(Body ?? ''));
  }

  return {
    stack,
    clients,
    names,
    told,
    run: (request: SlotRequest, story: Story): Promise<SlotResult<unknown>> =>
      runDurable({
        handler: withDurableExecution((_event: unknown, context: DurableContext) =>
          runSlot(jobOf(context, request), story),
        ),
        event: {},
        functionName: 'snapshot-export',
        register: stack.endpoint,
      }),
    stop: async () => {
      ending.resolve();
      await checkpoints;
      clients.destroyAll();
      await stack.stop();
    },
  };
}

function messageOf(body: string): ToldMessage {
  const {
    Subject,
    Message,
    MessageAttributes = {},
  } = JSON.parse(body) as {
    Subject: string;
    Message: string;
    MessageAttributes?: Record<string, { Value: string }>;
  };
  const attributes = Object.entries(MessageAttributes).map(([key, { Value }]) => [key, Value]);
  return { subject: Subject, text: Message, attributes: Object.fromEntries(attributes) };
}
