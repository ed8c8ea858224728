import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describeDeployment } from '../infra/aws/deployment.ts';
import { findJobs } from '../infra/build/jobs.ts';
import type { LocalAlarms } from '../infra/local/alarms/local-alarms.ts';
import type { SinkMessage } from '../infra/local/alarms/sink-server.ts';
import { stateChangeEvent, type TemplateAlarm, templateAlarm } from '../infra/local/alarms/template-alarm.ts';
import { queueUrl } from '../infra/local/aws/queue-url.ts';
import { type BlockedSessions, blockSessions } from '../infra/local/demo/blocked-sessions.ts';
import type { LocalStage } from '../infra/local/stage.ts';
import { type DeliveryReceipt, deliveryReceipts } from './delivery-receipts.ts';
import type { Progress } from './progress.ts';
import { projectRoot } from './project-root.ts';
import { demoStage, type Target } from './target.ts';

/** An alarm on the demo database, and what people were told of it. */
export interface AlarmNight {
  readonly alarm: string;
  readonly connections: number;
  /** From the event to the last of the messages, in seconds. */
  readonly toldWithinSeconds: number;
  readonly told: readonly SinkMessage[];
  /** What the same event made when it was delivered again. */
  readonly toldAgain: readonly SinkMessage[];
  readonly recovered: readonly SinkMessage[];
  readonly receipts: readonly DeliveryReceipt[];
}

const metric = 'DatabaseConnections';
const waitingSessions = 11;
const patienceSeconds = 60;

/** Has sessions of the demo database wait for one another until its alarm rings, and lets them go; null without one. */
export async function ringAlarm({ local }: Target, progress: Progress): Promise<AlarmNight | null> {
  const alarms = local?.alarms;
  if (!local || !alarms || !Object.values(local.config.databases)[0]?.alarms?.connectionsPercent) return null;
  const alarm = await alarmOf(local);
  const sessions = await progress.task('A transaction is left open, and sessions wait for it', () =>
    blockSessions(liveDatabase(local), waitingSessions),
  );
  try {
    return await ringAndRecover({ local, alarms, alarm, sessions }, progress);
  } finally {
    await sessions.release();
  }
}

async function alarmOf({ config }: LocalStage): Promise<TemplateAlarm> {
  return templateAlarm(describeDeployment(demoStage, config, await findJobs(projectRoot)), metric);
}

function liveDatabase({ databases, config }: LocalStage) {
  const [database] = databases;
  if (!database) throw new Error('The demo has no database.');
  const { databaseName = '' } = config.databases[database.name] ?? {};
  return { ...database.instance.adminConnection, database: databaseName };
}

interface Ringing {
  readonly local: LocalStage;
  readonly alarms: LocalAlarms;
  readonly alarm: TemplateAlarm;
  readonly sessions: BlockedSessions;
}

async function ringAndRecover(ringing: Ringing, progress: Progress): Promise<AlarmNight> {
  const { local, alarm, sessions } = ringing;
  const { connections } = sessions;
  const on = stateChangeEvent({ alarm, value: 'ALARM', measured: connections, at: new Date() });
  measure(ringing, connections);
  const began = Date.now();
  const told = await progress.task('alarm-fanout', () => tell(ringing, on));
  const last = told.at(-1)?.at;
  if (last === undefined) throw new Error(`Of ${alarm.AlarmName}, nobody was told.`);
  const toldWithinSeconds = (Date.parse(last) - began) / 1_000;
  const title = 'alarm-fanout, the same event delivered again';
  const toldAgain = await progress.task(title, () => tell(ringing, on));
  const recovered = await progress.task('alarm-fanout, the recovery', async () => {
    await sessions.release();
    measure(ringing, 1);
    return tell(ringing, stateChangeEvent({ alarm, value: 'OK', measured: 1, at: new Date() }));
  });
  const receipts = await deliveryReceipts(local, alarm.AlarmArn);
  return { alarm: alarm.AlarmName, connections, toldWithinSeconds, told, toldAgain, recovered, receipts };
}

/** As RDS would have: five minutes ago it was quiet, and now it is not. */
function measure({ local, alarm }: Ringing, connections: number): void {
  const { Namespace: namespace, MetricName: name } = alarm;
  const dimensions = alarm.Dimensions.map(({ Name = '', Value = '' }) => ({ Name, Value }));
  const store = local.stack.cloudwatch.metrics(local.config.region);
  const now = Date.now();
  for (const [value, at] of [
    [1, now - 600_000],
    [connections, now - 1_000],
  ] as const) {
    store.add(
      { namespace, name, dimensions },
      { at: new Date(at), count: 1, sum: value, minimum: value, maximum: value, values: [value] },
    );
  }
}

/** Puts an event on the bus, and waits until all that comes of it has come. */
async function tell(ringing: Ringing, event: object): Promise<SinkMessage[]> {
  const { sinks } = ringing.alarms;
  const before = sinks.messages.length;
  ringing.local.stack.events.put(event);
  await settled(ringing);
  return sinks.messages.slice(before);
}

/** Until nothing lies on a queue: all that was to be told was told, and its receipts are written. */
async function settled({ local: { stack, names, config } }: Ringing): Promise<void> {
  await stack.events.settled();
  const { region } = config;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const sqs = new SQSClient({ region, endpoint: stack.endpoint, credentials });
  const sinks = Object.keys(config.alarms?.sinks ?? {});
  // In the order in which an alarm passes them: what has left one lies on the next.
  const queues = [names.alarmQueue, ...sinks.map((sink) => names.sinkQueue(sink))];
  try {
    for (const queue of queues) await untilEmpty(sqs, queueUrl(stack.endpoint, queue));
  } finally {
    sqs.destroy();
  }
}

async function untilEmpty(sqs: SQSClient, QueueUrl: string): Promise<void> {
  for (const until = Date.now() + patienceSeconds * 1_000; Date.now() < until; await sleep(50)) {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    const { ApproximateNumberOfMessages: lying, ApproximateNumberOfMessagesNotVisible: taken } = Attributes;
    if (Number(lying) + Number(taken) === 0) return;
  }
  throw new Error(
    `${QueueUrl} was not empty within ${patienceSeconds} s: \`nightshift up\` shows what its function says.`,
  );
}
