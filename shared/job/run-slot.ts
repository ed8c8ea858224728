import { type Claim, claimSlot } from './claim.ts';
import { NightshiftError } from './errors.ts';
import type { Job } from './job.ts';
import { type Message, publishMessage } from './message.ts';
import { type Measurement, publishMetrics } from './metrics.ts';
import { type RunRecord, readSuccess, writeRunRecord } from './run-record.ts';
import type { Slot } from './slot.ts';

/** What each job's request has in common. */
export interface SlotRequest {
  readonly database: string;
  readonly slot: Slot;
  /** How the run was started, for people: `schedule`, `by hand`, `RDS-EVENT-0091`. */
  readonly trigger: string;
  readonly dryRun: boolean;
}

/** What a job's story ends with: its part of the run record, and what is told of it. */
export interface Outcome<Report> {
  readonly report: Report;
  readonly measurements: readonly Measurement[];
  readonly message: Message;
}

export type SlotResult<Report> =
  | { readonly kind: 'planned'; readonly report: Report }
  | { readonly kind: 'already running'; readonly by: string }
  | { readonly kind: 'done'; readonly before: boolean; readonly record: RunRecord<Report> };

/**
 * Runs a job's story at most once for each slot: an earlier success is answered as it was, another execution that
 * still runs is left alone, and a failure is recorded, counted, told and thrown.
 */
export async function runSlot<Request extends SlotRequest, Extra, Report>(
  job: Job<Request, Extra>,
  story: (job: Job<Request, Extra>) => Promise<Outcome<Report>>,
): Promise<SlotResult<Report>> {
  if (job.request.dryRun) return { kind: 'planned', report: (await story(job)).report };
  const claim = await job.step('claim the slot', () => claimOwnSlot(job));
  if (claim.kind === 'held') {
    job.log.info('Another execution has this slot and still runs', {
      slot: job.request.slot,
      executionArn: claim.by,
    });
    return { kind: 'already running', by: claim.by };
  }
  const earlier = await job.step('look for an earlier success', () => earlierSuccess<Report>(job));
  if (earlier) return { kind: 'done', before: true, record: earlier };
  try {
    return await recordSuccess(job, await story(job));
  } catch (error) {
    await recordFailure(job, error);
    throw error;
  }
}

type AnyJob = Job<SlotRequest>;

function claimOwnSlot(job: AnyJob): Promise<Claim> {
  const { database, slot } = job.request;
  const { name, executionArn, startedAt, names } = job;
  const request = { table: names.claimsTable, job: name, database, slot, executionArn, now: startedAt };
  return claimSlot(job.aws.dynamo, job.aws.lambda, request);
}

async function earlierSuccess<Report>(job: AnyJob): Promise<RunRecord<Report> | null> {
  const run = { job: job.name, database: job.request.database, slot: job.request.slot };
  return (await readSuccess<Report>(job.aws.s3, job.names.backupBucket, run)) ?? null;
}

/** Told first, recorded last: whoever is killed in between is followed by one that tells again, and nothing goes untold. */
async function recordSuccess<Report>(job: AnyJob, outcome: Outcome<Report>): Promise<SlotResult<Report>> {
  await job.step('tell', () => tell(job, 'succeeded', outcome));
  const record = await job.step('write the run record', () =>
    writeRunRecord(job.aws.s3, job.names.backupBucket, {
      ...frame(job, 'succeeded'),
      report: outcome.report,
    }),
  );
  return { kind: 'done', before: false, record };
}

async function recordFailure(job: AnyJob, error: unknown): Promise<void> {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  try {
    await job.step('record the failure', async () => {
      await writeRunRecord(job.aws.s3, job.names.backupBucket, {
        ...frame(job, 'failed'),
        error: { name, message },
      });
    });
    await job.step('tell of the failure', () =>
      tell(job, 'failed', { measurements: [], message: failureMessage(job, message) }),
    );
  } catch (second) {
    const reason = second instanceof Error ? second.message : String(second);
    throw new NightshiftError(`${message}\nBesides, this failure could not be recorded or told: ${reason}`, {
      cause: error,
    });
  }
}

function frame<Status extends RunRecord['status']>(job: AnyJob, status: Status) {
  const { name, stage, executionArn, startedAt, request } = job;
  const { database, slot, trigger } = request;
  const times = { startedAt: startedAt.toISOString(), endedAt: new Date().toISOString() };
  return { version: 1 as const, job: name, stage, database, slot, trigger, status, ...times, executionArn };
}

async function tell(
  job: AnyJob,
  status: RunRecord['status'],
  told: Omit<Outcome<unknown>, 'report'>,
): Promise<void> {
  const { database } = job.request;
  const seconds = (Date.now() - job.startedAt.getTime()) / 1_000;
  await publishMetrics({ job: job.name, stage: job.stage, database }, [
    { name: status === 'succeeded' ? 'RunSucceeded' : 'RunFailed', unit: 'Count', value: 1 },
    { name: 'RunDuration', unit: 'Seconds', value: seconds },
    ...told.measurements,
  ]);
  await publishMessage(job.aws.sns, job.names.alertTopicArn, told.message, {
    job: job.name,
    database,
    status,
  });
}

function failureMessage(job: AnyJob, reason: string): Message {
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
