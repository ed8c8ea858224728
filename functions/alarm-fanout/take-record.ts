import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { publishPage } from '../../shared/alarm/publish-page.ts';
import { EventRefusedError } from '../../shared/job/errors.ts';
import { Failures } from '../../shared/job/failures.ts';
import { applyTick } from './apply.ts';
import { applyObserved } from './apply-observed.ts';
import type { Batch } from './batch.ts';
import { classify } from './classify.ts';
import { tellDigest } from './close-digest.ts';
import { heartbeatPage, testPage } from './made-up-page.ts';
import { normalise } from './normalise/normalise.ts';
import type { Observed, Tellable, Trigger } from './normalise/observed.ts';
import { queuedMessage } from './normalise/queued-message.ts';
import { reconcile } from './reconcile.ts';
import { readTags } from './tags.ts';

/** Does what one message asks for. What nobody can read goes to the dead letters, with the reason, and is done. */
export async function takeRecord(record: SQSRecord, batch: Batch): Promise<void> {
  let observed: readonly Observed[];
  try {
    observed = normalise(queuedMessage(record));
  } catch (error) {
    if (error instanceof EventRefusedError) return refuseRecord(record, error, batch);
    throw error;
  }
  for (const one of observed) await take(one, record, batch);
}

async function take(observed: Observed, record: SQSRecord, batch: Batch): Promise<void> {
  switch (observed.kind) {
    case 'ignored':
      return batch.log.info('Ignored', { why: observed.why });
    case 'trigger':
      return takeTrigger(observed, record, batch);
    case 'alarm':
    case 'rds':
    case 'run':
      return takeChange(observed, batch);
  }
}

async function takeChange(observed: Tellable, batch: Batch): Promise<void> {
  const { hands, log } = batch;
  const alert = classify(observed, hands, await readTags(hands, observed, log));
  const { key, at, state, quiet } = alert;
  await batch.onceEach({ key, at, state, isQuiet: quiet !== null }, () => applyObserved(batch, alert));
}

async function takeTrigger(trigger: Trigger, record: SQSRecord, batch: Batch): Promise<void> {
  const { hands, fanout } = batch;
  switch (trigger.trigger) {
    case 'tick':
      return tick(batch);
    case 'digest':
      return tellDigest(fanout, trigger);
    case 'heartbeat':
      return publishPage(fanout.sns, fanout.pageTopicArn, heartbeatPage(hands, trigger, fanout.now()));
    case 'test':
      return publishPage(
        fanout.sns,
        fanout.pageTopicArn,
        testPage(hands, trigger, record.messageId, fanout.now()),
      );
  }
}

/** What is due is done also where CloudWatch does not say what it knows. */
async function tick(batch: Batch): Promise<void> {
  const failures = new Failures();
  await failures.collect(() => reconcile(batch));
  await failures.collect(async () => applyTick(batch.fanout, await batch.facts()));
  failures.throwIfAny();
}

/** SQS takes 256 KB with the attributes; a reason is no longer than this. */
const longestRefusal = 4_000;

async function refuseRecord(record: SQSRecord, error: EventRefusedError, batch: Batch): Promise<void> {
  const { hands, log } = batch;
  log.warn('Refused', { messageId: record.messageId, reason: error.message });
  batch.measure({ name: 'AlarmsRefused', unit: 'Count', value: 1 });
  await hands.sqs.send(
    new SendMessageCommand({
      QueueUrl: await hands.deadLettersUrl(),
      MessageBody: record.body,
      MessageAttributes: {
        refusal: { DataType: 'String', StringValue: plain(error.message).slice(0, longestRefusal) },
      },
    }),
  );
}

/** SQS takes no control characters but tabs and ends of lines. */
function plain(text: string): string {
  return text.replace(/[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu, '\ufffd').toWellFormed();
}
