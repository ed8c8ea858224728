import type { SQSRecord } from 'aws-lambda';
import type { Page } from '../../shared/alarm/page.ts';
import { publishPage } from '../../shared/alarm/publish-page.ts';
import { EventRefusedError } from '../../shared/job/errors.ts';
import { type QueueHandler, queueJob } from '../../shared/job/queue-job.ts';
import { type DeliveredPage, type Delivery, deliver, keepProof } from './deliver.ts';
import { tellEndElsewhere } from './elsewhere.ts';
import { parsePage } from './event.ts';
import { tellUnreadable } from './fallback.ts';
import { inTime } from './in-time.ts';
import { notDelivered } from './not-delivered.ts';
import { latencyMs } from './receipt.ts';
import { type DeliveryJob, prepareSink, type Sink } from './sink.ts';

/** The function of one sink: of that which `NIGHTSHIFT_SINK` names in its environment. */
export function deliveryHandler(environment: NodeJS.ProcessEnv): QueueHandler {
  const dimensions = ({ sink }: Sink) => ({ sink });
  const take = (job: DeliveryJob, record: SQSRecord) => inTime(job.context, takePage(job, record));
  const definition = { name: 'alarm-delivery', prepare: prepareSink, dimensions, take };
  return queueJob({ ...definition, maySendAllBack: true }, environment);
}

export const handler = deliveryHandler(process.env);

/** What the sink takes is done; what it refuses is buried and told elsewhere; the rest comes again. */
async function takePage(job: DeliveryJob, record: SQSRecord): Promise<void> {
  const page = await readPage(job, record);
  if (page === null) return;
  const delivery = deliveryOf(job);
  let done: DeliveredPage;
  try {
    done = await deliver(delivery, page, record);
  } catch (error) {
    return await notDelivered(job, { page, record, error });
  }
  if (done.isNew) count(job, page, done.deliveredAt);
  await leaveBehind(job, page, done);
}

/** Where it fails, the page comes again: not to be sent, but to leave this; unless nobody would know that it was sent. */
async function leaveBehind(job: DeliveryJob, page: Page, done: DeliveredPage): Promise<void> {
  try {
    await tellEndElsewhere(job, page);
    await keepProof(deliveryOf(job), page, done);
  } catch (error) {
    if (done.forgotten === null) throw error;
    job.log.error(
      'A page was delivered, and left nothing behind: it would be sent again for it',
      error as Error,
    );
  }
  if (done.forgotten === null) return;
  job.log.error('A page was delivered, which could not be remembered', done.forgotten as Error);
}

/** Null for what is no page: it is buried at once, for no repetition makes it one. */
async function readPage(job: DeliveryJob, record: SQSRecord): Promise<Page | null> {
  try {
    return parsePage(record.body);
  } catch (error) {
    if (!(error instanceof EventRefusedError)) throw error;
    await buryUnreadable(job, record, error.message);
    return null;
  }
}

async function buryUnreadable(job: DeliveryJob, record: SQSRecord, reason: string): Promise<void> {
  const { sink, queue, ways, toldElsewhere } = job.extra;
  job.log.error('A message is no page', { sink, message: record.messageId, reason });
  await toldElsewhere(job.context)(`${sink} message ${record.messageId}`, async () => {
    await tellUnreadable(ways, { sink, stage: job.stage, reason });
    return 'told';
  });
  await queue.bury(record, reason);
  job.measure({ name: 'PagesRefused', unit: 'Count', value: 1 });
}

function count(job: DeliveryJob, page: Page, deliveredAt: string): void {
  const latency = latencyMs(page, { deliveredAt });
  job.log.info('Delivered', { sink: job.extra.sink, page: page.id, kind: page.kind, latencyMs: latency });
  job.measure(
    { name: 'PagesDelivered', unit: 'Count', value: 1 },
    { name: 'DeliveryLatency', unit: 'Milliseconds', value: latency },
    // An alarm by another way rings where this stays out.
    ...(page.kind === 'heartbeat' ? [{ name: 'HeartbeatDelivered', unit: 'Count', value: 1 } as const] : []),
  );
}

function deliveryOf({ extra, context, aws, names }: DeliveryJob): Delivery {
  const { sink, reach, threads, delivered, ways } = extra;
  const giveAgain = (page: Page) => publishPage(ways.sns, ways.pageTopicArn, { ...page, sinks: [sink] });
  const once = delivered(context);
  return { sink, reach, threads, s3: aws.s3, bucket: names.backupBucket, once, giveAgain };
}
