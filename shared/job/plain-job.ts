import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { FailedRunError } from './errors.ts';
import { Failures } from './failures.ts';
import type { Surroundings } from './job.ts';
import { type Message, publishMessage } from './message.ts';
import { type Measurement, publishMetrics } from './metrics.ts';
import { once } from './once.ts';
import { readSurroundings } from './surroundings.ts';

/** A short job of a whole stage, done within one invocation: without a slot, a claim or a run record. */
export interface PlainJob<Request, Extra = unknown> extends Surroundings {
  readonly name: string;
  readonly runbook: string;
  readonly request: Request;
  readonly startedAt: Date;
  readonly extra: Extra;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

export interface PlainRequest {
  /** How the run was started, for people. */
  readonly trigger: string;
  readonly dryRun: boolean;
}

export interface PlainOutcome<Report> {
  readonly report: Report;
  readonly measurements: readonly Measurement[];
  /** Null where there is nothing to tell. */
  readonly message: Message | null;
}

export interface PlainResult<Report> {
  readonly kind: 'planned' | 'ran';
  readonly report: Report;
}

export interface PlainJobDefinition<Request extends PlainRequest, Extra, Report> {
  readonly name: string;
  /** What a message about a failure points to. */
  readonly runbook: string;
  /** Pure: throws EventRefusedError for what cannot start this job, before anything is called. */
  readonly parse: (raw: unknown) => Request;
  readonly prepare: (surroundings: Surroundings) => Extra;
  readonly run: (job: PlainJob<Request, Extra>) => Promise<PlainOutcome<Report>>;
}

export type PlainHandler<Report> = (raw: unknown, context: Context) => Promise<PlainResult<Report>>;

const plainHandlers = new WeakSet<object>();

/** Marks a handler that was made elsewhere as one that runs within one invocation. */
export function markPlain(handler: object): void {
  plainHandlers.add(handler);
}

/** True for what `plainJob` made, or was marked: whoever runs handlers must not take it for a durable one. */
export function isPlainHandler(handler: unknown): handler is PlainHandler<unknown> {
  return typeof handler === 'function' && plainHandlers.has(handler);
}

/** Wraps a short job into the handler that is deployed: event checked, run counted and told, failure thrown. */
export function plainJob<Request extends PlainRequest, Extra, Report>(
  definition: PlainJobDefinition<Request, Extra, Report>,
): PlainHandler<Report> {
  const { name, runbook } = definition;
  const coldStart = once(async () => {
    const surroundings = await readSurroundings(process.env);
    return {
      surroundings,
      extra: definition.prepare(surroundings),
      logger: new Logger({ serviceName: name }),
    };
  });
  const handler = async (raw: unknown, context: Context): Promise<PlainResult<Report>> => {
    const request = definition.parse(raw);
    const { surroundings, extra, logger } = await coldStart();
    logger.addContext(context);
    const job = { ...surroundings, name, runbook, request, startedAt: new Date(), extra, log: logger };
    if (request.dryRun) return { kind: 'planned', report: (await definition.run(job)).report };
    return { kind: 'ran', report: await runAndTell(job, definition.run) };
  };
  const wrapped = middy({ timeoutEarlyInMillis: 0 }).handler(
    handler as never,
  ) as unknown as PlainHandler<Report>;
  plainHandlers.add(wrapped);
  return wrapped;
}

async function runAndTell<Request extends PlainRequest, Extra, Report>(
  job: PlainJob<Request, Extra>,
  run: PlainJobDefinition<Request, Extra, Report>['run'],
): Promise<Report> {
  try {
    const { report, measurements, message } = await run(job);
    if (message) await tell(job, 'succeeded', message);
    await count(job, 'RunSucceeded', measurements);
    return report;
  } catch (error) {
    await tellFailure(job, error);
    throw error;
  }
}

/** The metric needs no service; whether the message arrives or not, the error that is thrown is the run's own. */
async function tellFailure(job: PlainJob<PlainRequest>, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  const failures = new Failures();
  const found = error instanceof FailedRunError ? error.measurements : [];
  await failures.collect(() => count(job, 'RunFailed', found));
  await failures.collect(() => tell(job, 'failed', failureMessage(job, reason)));
  try {
    failures.throwIfAny();
  } catch (second) {
    throw new AggregateError(
      [error, second],
      `${reason}\nBesides, this failure could not be told: ${(second as Error).message}`,
    );
  }
}

function failureMessage({ name, stage, request, runbook }: PlainJob<PlainRequest>, reason: string): Message {
  return {
    subject: `Nightshift ${stage}: ${name} failed`,
    text: [`${name}, started ${request.trigger}, failed.`, reason, `Runbook: ${runbook}`].join('\n\n'),
  };
}

function tell({ name, aws, names }: PlainJob<PlainRequest>, status: string, message: Message): Promise<void> {
  return publishMessage(aws.sns, names.alertTopicArn, message, { job: name, status });
}

function count(
  { name, stage, startedAt }: PlainJob<PlainRequest>,
  outcome: 'RunSucceeded' | 'RunFailed',
  measurements: readonly Measurement[],
): Promise<void> {
  const seconds = (Date.now() - startedAt.getTime()) / 1_000;
  return publishMetrics({ job: name, stage }, [
    { name: outcome, unit: 'Count', value: 1 },
    { name: 'RunDuration', unit: 'Seconds', value: seconds },
    ...measurements,
  ]);
}
