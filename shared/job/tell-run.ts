import type { Job } from './job.ts';
import { type Message, publishMessage } from './message.ts';
import { type Measurement, publishMetrics } from './metrics.ts';
import type { RunRecord } from './run-record.ts';
import type { SlotRequest } from './run-slot.ts';
import { isScheduledSlot } from './slot.ts';

type Status = RunRecord['status'];

/** Counts the run as it ended, with how long it took, and adds the job's own numbers. Call it inside a step. */
export function countRun(
  { name, stage, startedAt, request }: Job<SlotRequest>,
  status: Status,
  measurements: readonly Measurement[] = [],
): Promise<void> {
  const seconds = (Date.now() - startedAt.getTime()) / 1_000;
  return publishMetrics({ job: name, stage, database: request.database }, [
    { name: outcomeMetric(request, status), unit: 'Count', value: 1 },
    { name: 'RunDuration', unit: 'Seconds', value: seconds },
    ...measurements,
  ]);
}

/** A labelled success has a name of its own: it may be of a part of the database, and must not stand for what a schedule starts. */
function outcomeMetric({ slot }: SlotRequest, status: Status): string {
  if (status === 'failed') return 'RunFailed';
  return isScheduledSlot(slot) ? 'RunSucceeded' : 'LabelledRunSucceeded';
}

/** Sends the run's message to the alert topic. Call it inside a step. */
export function tellOfRun(job: Job<SlotRequest>, status: Status, message: Message): Promise<void> {
  const { database, slot } = job.request;
  const attributes = { job: job.name, database, slot, status };
  return publishMessage(job.aws.sns, job.names.alertTopicArn, message, attributes);
}

export function failureMessage(job: Job<SlotRequest>, reason: string): Message {
  const { database, slot, trigger } = job.request;
  return {
    subject: `Nightshift ${job.stage}: ${job.name} of ${database} failed`,
    text: [
      `${job.name} of ${database}, slot ${slot}, started ${trigger}, failed.`,
      reason,
      `Runbook: docs/runbooks/${job.name}.md`,
      `Execution: ${job.executionArn}`,
    ].join('\n\n'),
  };
}
