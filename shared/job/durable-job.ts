import type { DurableContext, DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import { Logger } from '@aws-lambda-powertools/logger';
import middy from '@middy/core';
import { executionModeDurableContext } from '@middy/core/executionModeDurableContext';
import type { Deployed } from '../config/load.ts';
import { step, watch } from './durable.ts';
import type { Job, Surroundings } from './job.ts';
import type { Message } from './message.ts';
import { once } from './once.ts';
import type { RunRecord } from './run-record.ts';
import { type Outcome, runSlot, type SlotRequest } from './run-slot.ts';
import { readSurroundings } from './surroundings.ts';

export interface JobDefinition<Event, Request extends SlotRequest, Extra, Report> {
  readonly name: string;
  /** Pure: throws EventRefusedError for what cannot start this job, before anything is called. */
  readonly parse: (raw: unknown) => Event;
  /** Pure: what the event asks for, with its database and slot. */
  readonly interpret: (event: Event, config: Deployed['config'], now: Date) => Request;
  /** Clients and the like that only this job needs. */
  readonly prepare: (surroundings: Surroundings) => Extra;
  /** Pure: throws EventRefusedError where the slot's earlier success is of something else than is asked for now. */
  readonly requireSame?: (request: Request, earlier: RunRecord<Report>) => void;
  readonly run: (job: Job<Request, Extra>) => Promise<Outcome<Report, Message | null>>;
}

/** Wraps a job's story into the handler that is deployed: events checked, slot claimed, run recorded, failure thrown. */
export function durableJob<Event, Request extends SlotRequest, Extra, Report>(
  definition: JobDefinition<Event, Request, Extra, Report>,
): DurableLambdaHandler {
  const coldStart = once(() => prepare(definition));
  const handler = async (raw: unknown, context: DurableContext) => {
    const event = definition.parse(raw);
    const { surroundings, extra, logger } = await coldStart();
    context.configureLogger({ customLogger: logger, modeAware: true });
    const startedAt = new Date(await step(context, 'read the clock', async () => new Date().toISOString()));
    const request = definition.interpret(event, surroundings.config, startedAt);
    return runSlot(
      {
        ...surroundings,
        name: definition.name,
        request,
        startedAt,
        executionArn: context.executionContext.durableExecutionArn,
        extra,
        log: context.logger,
        step: (name, work) => step(context, name, work),
        watch: (name, watching) => watch(context, name, watching),
        sleep: (name, seconds) => context.wait(name, { seconds }),
      },
      definition.run,
      definition.requireSame,
    );
  };
  return middy({ executionMode: executionModeDurableContext, timeoutEarlyInMillis: 0 }).handler(
    handler as never,
  ) as unknown as DurableLambdaHandler;
}

async function prepare<Extra>(definition: { name: string; prepare: (surroundings: Surroundings) => Extra }) {
  const surroundings = await readSurroundings(process.env);
  return {
    surroundings,
    extra: definition.prepare(surroundings),
    logger: new Logger({ serviceName: definition.name }),
  };
}
