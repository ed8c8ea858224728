import { type Claim, claimSlot } from './claim.ts';
import { FailedRunError, NightshiftError } from './errors.ts';
import { Failures } from './failures.ts';
import type { Job } from './job.ts';
import type { Message } from './message.ts';
import type { Measurement } from './metrics.ts';
import { type RunRecord, readSuccess, writeRunRecord } from './run-record.ts';
import type { Slot } from './slot.ts';
import { countRun, failureMessage, tellOfRun } from './tell-run.ts';

/** What each job's request has in common. */
export interface SlotRequest {
  readonly database: string;
  readonly slot: Slot;
  /** How the run was started, for people: `schedule`, `by hand`, `RDS-EVENT-0091`. */
  readonly trigger: string;
  readonly dryRun: boolean;
}

/** What a job's story ends with: its part of the run record, and what is told of it; null where nothing is to be told. */
export interface Outcome<Report, Told extends Message | null = Message> {
  readonly report: Report;
  readonly measurements: readonly Measurement[];
  readonly message: Told;
}

export type SlotResult<Report> =
  | { readonly kind: 'planned'; readonly report: Report }
  | { readonly kind: 'already running'; readonly by: string }
  | { readonly kind: 'done'; readonly before: boolean; readonly record: RunRecord<Report> };

/**
 * Runs a job's story at most once for each slot: an earlier success is answered as it was, another execution that
 * still runs is left alone, and a failure, also one to begin, is counted, told, recorded and thrown.
 */
export async function runSlot<Request extends SlotRequest, Extra, Report>(
  job: Job<Request, Extra>,
  story: (job: Job<Request, Extra>) => Promise<Outcome<Report, Message | null>>,
  requireSame: (request: Request, earlier: RunRecord<Report>) => void = () => undefined,
): Promise<SlotResult<Report>> {
  if (job.request.dryRun) return { kind: 'planned', report: (await story(job)).report };
  const result = await toldIfFailed(job, async () => {
    return (await withoutStory<Report>(job)) ?? (await recordSuccess(job, await story(job)));
  });
  // What the slot stands for has not failed: only whoever asks for something else is told.
  if (result.kind === 'done' && result.before) requireSame(job.request, result.record);
  return result;
}

async function toldIfFailed<T>(job: AnyJob, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await tellFailure(job, error);
    throw error;
  }
}

/** Claims the slot. Answers undefined where it is ours and still to be done. */
async function withoutStory<Report>(job: AnyJob): Promise<SlotResult<Report> | undefined> {
  const claim = await job.step('claim the slot', () => claimOwnSlot(job));
  if (claim.kind === 'held') {
    const { slot } = job.request;
    job.log.info('Another execution has this slot and still runs', { slot, executionArn: claim.by });
    return { kind: 'already running', by: claim.by };
  }
  const earlier = await job.step('look for an earlier success', () => earlierSuccess<Report>(job));
  return earlier ? { kind: 'done', before: true, record: earlier } : undefined;
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

/**
 * Told first, recorded last: whoever is killed in between is followed by one that tells again, and nothing goes
 * untold. It counts only once it is told, so that the missed-night alarm trusts no success that nobody heard of.
 */
async function recordSuccess<Report>(
  job: AnyJob,
  outcome: Outcome<Report, Message | null>,
): Promise<SlotResult<Report>> {
  const { message } = outcome;
  if (message) await job.step('tell', () => tellOfRun(job, 'succeeded', message));
  await job.step('count', () => countRun(job, 'succeeded', outcome.measurements));
  const record = await job.step('write the run record', () =>
    writeRunRecord(job.aws.s3, job.names.backupBucket, {
      ...frame(job, 'succeeded'),
      report: outcome.report,
    }),
  );
  return { kind: 'done', before: false, record };
}

/**
 * Three ways to be heard of, and none depends on another: first the metric, which is a log line and needs no
 * service, then the message, then the record. Throws only where one of them failed, with both reasons.
 */
async function tellFailure(job: AnyJob, error: unknown): Promise<void> {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const found = error instanceof FailedRunError ? error : undefined;
  const failures = new Failures();
  await failures.collect(() =>
    job.step('count the failure', () => countRun(job, 'failed', found?.measurements)),
  );
  await failures.collect(() =>
    job.step('tell of the failure', () => tellOfRun(job, 'failed', failureMessage(job, message))),
  );
  await failures.collect(() =>
    job.step('record the failure', async () => {
      await writeRunRecord(job.aws.s3, job.names.backupBucket, {
        ...frame(job, 'failed'),
        error: { name, message },
        ...(found ? { report: found.report } : {}),
      });
    }),
  );
  try {
    failures.throwIfAny();
  } catch (second) {
    const reason = second instanceof Error ? second.message : String(second);
    throw new NightshiftError(
      `${message}\nBesides, this failure could not be recorded or told in full: ${reason}`,
      { cause: error },
    );
  }
}

function frame<Status extends RunRecord['status']>(job: AnyJob, status: Status) {
  const { name, stage, executionArn, startedAt, request } = job;
  const { database, slot, trigger } = request;
  const times = { startedAt: startedAt.toISOString(), endedAt: new Date().toISOString() };
  return { version: 1 as const, job: name, stage, database, slot, trigger, status, ...times, executionArn };
}
