import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Silence } from '../../shared/alarm/silence.ts';
import { once } from '../../shared/job/once.ts';
import type { QueueJob } from '../../shared/job/queue-job.ts';
import type { BatchFacts } from './apply.ts';
import { gatherContext } from './context/gather.ts';
import type { DigestName } from './digest-name.ts';
import type { Fanout } from './fanout.ts';
import type { Hands } from './hands.ts';
import { type AlarmChanges, readChanges } from './history.ts';
import { readInhibitors } from './inhibitors.ts';
import { type Once, onceEachIn } from './once-each.ts';
import { readSilences } from './silences.ts';

/** What all records of one batch share: history and silences, read once, and the hands that send. */
export interface Batch {
  readonly hands: Hands;
  readonly fanout: Fanout;
  readonly log: Log;
  readonly measure: QueueJob['measure'];
  readonly onceEach: Once;
  /** What stands against telling of an alarm. What explains it is read anew: another record may have noted it just now. */
  facts(): Promise<BatchFacts>;
}

export type Log = QueueJob['log'];

/** Flapping is damped where CloudWatch's history is at hand; no page waits for it. */
const historyWithinMs = 300;

const batches = new WeakMap<QueueJob<Hands>, Batch>();

/** The one that the records of an invocation share. */
export function batchOf(job: QueueJob<Hands>): Batch {
  const batch = batches.get(job) ?? openBatch(job);
  batches.set(job, batch);
  return batch;
}

function openBatch({ extra: hands, log, measure, context }: QueueJob<Hands>): Batch {
  const now = () => new Date();
  const changes = readChangesInTime(hands, log, now());
  const silences = once(() => readSilences(hands.table, now()));
  return {
    hands,
    log,
    measure,
    fanout: { ...fanoutOf(hands, log, now), remainingMs: () => context.getRemainingTimeInMillis() },
    onceEach: onceEachIn(context, hands.idempotency),
    facts: () => readFacts(hands, changes, silences()),
  };
}

async function readFacts(
  { alarms, table }: Hands,
  changes: Promise<AlarmChanges>,
  silences: Promise<readonly Silence[]>,
): Promise<BatchFacts> {
  const [inhibitors, set, known] = await Promise.all([readInhibitors(table), silences, changes]);
  return { config: alarms, inhibitors, silences: set, changesOf: (alarm) => known.get(alarm) ?? [] };
}

async function readChangesInTime({ cloudwatch, alarms }: Hands, log: Log, now: Date): Promise<AlarmChanges> {
  const since = new Date(now.getTime() - alarms.flapping.withinMinutes * 60_000);
  try {
    return await readChanges(cloudwatch, { since, withinMs: historyWithinMs });
  } catch (error) {
    log.warn('The history of alarms was not read in time: what flaps is told each time', {
      error: (error as Error).name,
    });
    return new Map();
  }
}

function fanoutOf(hands: Hands, log: Log, now: () => Date): Omit<Fanout, 'remainingMs'> {
  const ordered = new Map<string, Promise<void>>();
  return {
    stage: hands.stage,
    config: hands.alarms,
    table: hands.table,
    sns: hands.aws.sns,
    pageTopicArn: hands.names.pageTopicArn,
    now,
    closeLater: (digest, seconds) => {
      const name = `${digest.sink} ${digest.windowId}`;
      const order = ordered.get(name) ?? orderClosing(hands, digest, seconds);
      ordered.set(name, order);
      return order;
    },
    findContext: (alert) => gatherContext(hands, alert, log),
  };
}

async function orderClosing(hands: Hands, { sink, windowId }: DigestName, seconds: number): Promise<void> {
  await hands.sqs.send(
    new SendMessageCommand({
      QueueUrl: await hands.alarmQueueUrl(),
      MessageBody: JSON.stringify({ trigger: 'digest', sink, windowId }),
      DelaySeconds: seconds,
    }),
  );
}
