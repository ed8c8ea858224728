import { queueJob } from '../../shared/job/queue-job.ts';
import { batchOf } from './batch.ts';
import { handsOf } from './hands.ts';
import { takeRecord } from './take-record.ts';

/** Takes what lies on the alarm queue: a message that fails is given again by SQS, and stops no other. */
export const handler = queueJob({
  name: 'alarm-fanout',
  prepare: handsOf,
  take: (job, record) => takeRecord(record, batchOf(job)),
});
