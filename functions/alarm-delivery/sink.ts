import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SNSClient } from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { memoriesOf } from '../../shared/alarm/sink-memories.ts';
import { snsClient, sqsClient } from '../../shared/aws/clients.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import { ConfigError } from '../../shared/job/errors.ts';
import type { Surroundings } from '../../shared/job/job.ts';
import type { QueueJob } from '../../shared/job/queue-job.ts';
import type { OtherWays } from './fallback.ts';
import { oncePerKey } from './once-per-key.ts';
import { type SinkQueue, sinkQueue } from './queue.ts';
import { secretsOf } from './secrets.ts';
import type { Reach } from './send.ts';
import type { ThreadTable } from './thread.ts';

/** The one sink that a deployed function serves, and all that it needs for that. */
export interface Sink {
  readonly sink: string;
  readonly alarms: AlarmsConfig;
  readonly queue: SinkQueue;
  readonly ways: OtherWays;
  readonly reach: Reach;
  readonly threads: ThreadTable;
  /** Deliveries that have been made. */
  readonly delivered: ReturnType<typeof oncePerKey>;
  /** Pages that the fallback has been told of. */
  readonly toldElsewhere: ReturnType<typeof oncePerKey>;
}

export type DeliveryJob = QueueJob<Sink>;

/** The sink that `NIGHTSHIFT_SINK` names in the environment. Throws ConfigError where there is none of that name. */
export function prepareSink({ config, names, aws, environment }: Surroundings): Sink {
  const { alarms, region } = config;
  const sink = environment.NIGHTSHIFT_SINK ?? '';
  const sinkConfig = alarms && Object.hasOwn(alarms.sinks, sink) ? alarms.sinks[sink] : undefined;
  if (!alarms || !sinkConfig) throw unknownSink(sink);
  const { sns } = aws;
  const queues = { queue: names.sinkQueue(sink), deadLetters: names.sinkDeadLetters(sink) };
  const { pageTopicArn, alertTopicArn } = names;
  return {
    sink,
    alarms,
    queue: sinkQueue(sqsClient(region), queues),
    ways: { sns, config: alarms, pageTopicArn, alertTopicArn },
    reach: {
      config: sinkConfig,
      secrets: secretsOf(region),
      sns: sinkConfig.kind === 'sns' ? snsOf(sinkConfig.topicArn, aws, region) : sns,
      mailTopicArn: names.mailTopicArn(sink),
      now: () => new Date(),
    },
    threads: {
      dynamo: DynamoDBDocumentClient.from(aws.dynamo),
      name: names.alarmTable,
      sink,
      keepsPages: sinkConfig.kind === 'pagerduty',
    },
    ...remembering(aws.dynamo, names.deliveryTable, sink),
  };
}

/** A topic of another region is published to there: SNS knows none but its own. */
function snsOf(topicArn: string, { sns }: Surroundings['aws'], ownRegion: string): SNSClient {
  const [, , , region = ownRegion] = topicArn.split(':');
  return region === ownRegion ? sns : snsClient(region);
}

function remembering(
  dynamo: DynamoDBClient,
  table: string,
  sink: string,
): Pick<Sink, 'delivered' | 'toldElsewhere'> {
  const [delivered, toldElsewhere] = memoriesOf(sink);
  return {
    delivered: oncePerKey({ dynamo, table, purpose: delivered }),
    toldElsewhere: oncePerKey({ dynamo, table, purpose: toldElsewhere }),
  };
}

function unknownSink(sink: string): ConfigError {
  return new ConfigError(
    `NIGHTSHIFT_SINK is ${JSON.stringify(sink)}, and the stage has no sink of that name under "alarms". Deploy it again: it makes a function for each sink.`,
  );
}
