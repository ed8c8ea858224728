import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { describeAwsError } from '../aws/errors.ts';
import { describeIssues } from './describe-issues.ts';
import { EventRefusedError } from './errors.ts';
import type { Surroundings } from './job.ts';
import { type MeasuredRun, type Measurement, publishMetrics } from './metrics.ts';
import { once } from './once.ts';
import { markPlain } from './plain-job.ts';
import { readSurroundings } from './surroundings.ts';

/** A short job that a queue feeds: without a slot, a claim or a run record, and it tells nobody of its success. */
export interface QueueJob<Extra = unknown> extends Surroundings {
  readonly name: string;
  readonly extra: Extra;
  readonly context: Context;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Counts something; all that a batch has counted leaves as one line at its end, whatever failed. */
  measure(...measurements: readonly Measurement[]): void;
}

export interface QueueJobDefinition<Extra> {
  readonly name: string;
  readonly prepare: (surroundings: Surroundings) => Extra;
  /** The dimensions of its metrics besides job and stage. */
  readonly dimensions?: (extra: Extra) => Pick<MeasuredRun, 'sink'>;
  /** Does one record; where it throws, the queue gives that record again, and the others are done. */
  readonly take: (job: QueueJob<Extra>, record: SQSRecord) => Promise<void>;
  /** True where a batch of which every record must wait is no failure of the function. */
  readonly maySendAllBack?: boolean;
}

export type QueueHandler = (raw: unknown, context: Context) => Promise<SQSBatchResponse>;

/** As far as it is looked at; what else Lambda sends is let through. */
const batchSchema = z.looseObject({
  Records: z.array(
    z.looseObject({
      messageId: z.string(),
      receiptHandle: z.string(),
      body: z.string(),
      attributes: z.looseObject({
        ApproximateReceiveCount: z.string(),
        ApproximateFirstReceiveTimestamp: z.string(),
      }),
    }),
  ),
});

/** Wraps a short job into the handler that is deployed behind a queue: its records side by side, each on its own. */
export function queueJob<Extra>(
  definition: QueueJobDefinition<Extra>,
  environment: NodeJS.ProcessEnv = process.env,
): QueueHandler {
  const { name } = definition;
  const coldStart = once(async () => {
    const surroundings = await readSurroundings(environment);
    const extra = definition.prepare(surroundings);
    return { surroundings, extra, logger: new Logger({ serviceName: name }) };
  });
  const handler = async (raw: unknown, context: Context): Promise<SQSBatchResponse> => {
    const { Records } = parseBatch(name, raw);
    const { surroundings, extra, logger } = await coldStart();
    logger.addContext(context);
    const found: Measurement[] = [];
    const measure = (...measurements: readonly Measurement[]) => void found.push(...measurements);
    const job = { ...surroundings, name, extra, context, log: logger, measure };
    try {
      return await processPartialResponse(
        { Records },
        (record: SQSRecord) => takeOrLog(definition, job, record),
        new BatchProcessor(EventType.SQS),
        { context, throwOnFullBatchFailure: definition.maySendAllBack !== true },
      );
    } finally {
      const run = { job: name, stage: surroundings.stage, ...definition.dimensions?.(extra) };
      if (found.length > 0) await publishMetrics(run, found);
    }
  };
  const wrapped = middy({ timeoutEarlyInMillis: 0 }).handler(handler as never) as unknown as QueueHandler;
  markPlain(wrapped);
  return wrapped;
}

/** Powertools keeps an error to itself, and gives the record back. */
async function takeOrLog<Extra>(
  { take }: QueueJobDefinition<Extra>,
  job: QueueJob<Extra>,
  record: SQSRecord,
): Promise<void> {
  try {
    await take(job, record);
  } catch (error) {
    job.log.warn('Given back to the queue', { messageId: record.messageId, reason: describeAwsError(error) });
    throw error;
  }
}

function parseBatch(name: string, raw: unknown): { Records: SQSRecord[] } {
  const parsed = batchSchema.safeParse(raw, { error: describeIssues.locale });
  if (parsed.success) return parsed.data as unknown as { Records: SQSRecord[] };
  throw new EventRefusedError(
    `${name} starts from its queue: { "Records": [ … ] }, as Lambda reads them from SQS.\n${describeIssues(parsed.error.issues)}`,
  );
}
