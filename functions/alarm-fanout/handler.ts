import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { once } from '../../shared/job/once.ts';
import { readSurroundings } from '../../shared/job/surroundings.ts';
import { openBatch } from './batch.ts';
import { handsOf } from './hands.ts';
import { onceEachIn } from './once-each.ts';
import { takeRecord } from './take-record.ts';

const coldStart = once(async () => ({
  hands: handsOf(await readSurroundings(process.env)),
  logger: new Logger({ serviceName: 'alarm-fanout' }),
}));

/** Takes what lies on the alarm queue: a message that fails is given again by SQS, and stops no other. */
async function fanOut(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const { hands, logger } = await coldStart();
  logger.addContext(context);
  const batch = openBatch(hands, logger);
  const onceEach = onceEachIn(context, hands.idempotency);
  return processPartialResponse(
    event,
    (record: SQSRecord) => takeRecord(record, batch, onceEach),
    new BatchProcessor(EventType.SQS, { logger }),
    { context },
  );
}

export const handler = middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: 0 }).handler(fanOut);
