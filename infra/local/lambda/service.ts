import { randomUUID } from 'node:crypto';
import {
  type AwsCall,
  AwsFault,
  type AwsReply,
  LOCAL_ACCOUNT,
  type LocalService,
} from '../gateway/service.ts';
import type { Execution, Executions } from './executions.ts';

/** What `Invoke` runs: it takes the event and gives the function's result, or throws. */
export type LocalFunction = (event: unknown) => Promise<unknown>;

export interface LocalLambda extends LocalService {
  /** Registers a function of this process under its name. */
  register(functionName: string, run: LocalFunction): void;
  /** Resolves once the events accepted so far have been worked off. */
  settled(): Promise<void>;
  /** Asynchronous invocations that threw: there is no caller to tell. Lambda's retries are left to the event bus. */
  readonly failures: readonly { readonly functionName: string; readonly error: unknown }[];
}

/** Lambda with `GetDurableExecution` and `Invoke` (`Event`, `RequestResponse`, `DryRun`). */
export function localLambda(executions: Executions): LocalLambda {
  const failures: { functionName: string; error: unknown }[] = [];
  const functions = new Map<string, LocalFunction>();
  const running = new Set<Promise<void>>();

  const invoke = async (call: AwsCall): Promise<AwsReply> => {
    const functionName = nameOf(decodeURIComponent(call.path.split('/')[3] ?? ''));
    const run = functions.get(functionName);
    if (!run) throw notFound('Function', `${call.region}:${LOCAL_ACCOUNT}:function:${functionName}`);
    const event = call.body.length === 0 ? undefined : JSON.parse(call.body.toString('utf8'));
    switch (call.headers['x-amz-invocation-type']) {
      case 'DryRun':
        return { status: 204, body: '' };
      case 'Event': {
        const done = run(event)
          .then(() => undefined)
          .catch((error: unknown) => void failures.push({ functionName, error }))
          .finally(() => running.delete(done));
        running.add(done);
        return { status: 202, body: '' };
      }
      default:
        return result(run, event);
    }
  };

  return {
    name: 'lambda',
    failures,
    register: (functionName, run) => {
      functions.set(functionName, run);
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running);
    },
    async handle(call) {
      switch (call.action) {
        case 'GetDurableExecution':
          return durableExecution(executions, decodeURIComponent(call.path.split('/')[3] ?? ''), call.region);
        case 'Invoke':
          return invoke(call);
        default:
          throw new AwsFault(
            'UnknownOperationException',
            `The embedded stack's Lambda does not know ${call.action}.`,
            404,
          );
      }
    },
  };
}

function durableExecution(executions: Executions, arn: string, region: string): AwsReply {
  const execution = executions.find(arn);
  if (!execution) throw notFound('Durable execution', arn);
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(describe(execution, region)),
  };
}

/** Times are Unix seconds, as the service sends them. */
function describe(execution: Execution, region: string): object {
  const { arn, functionName, status, startedAt, endedAt } = execution;
  return {
    DurableExecutionArn: arn,
    DurableExecutionName: arn,
    FunctionArn: `arn:aws:lambda:${region}:${LOCAL_ACCOUNT}:function:${functionName}:1`,
    StartTimestamp: startedAt.getTime() / 1000,
    Status: status,
    ...(endedAt ? { EndTimestamp: endedAt.getTime() / 1000 } : {}),
  };
}

async function result(run: LocalFunction, event: unknown): Promise<AwsReply> {
  const headers = { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() };
  try {
    return { status: 200, headers, body: JSON.stringify((await run(event)) ?? null) };
  } catch (error) {
    // As on Lambda: a function that throws is a successful call whose payload is the error.
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    const body = JSON.stringify({ errorType: name, errorMessage: message, trace: stack?.split('\n') ?? [] });
    return { status: 200, headers: { ...headers, 'x-amz-function-error': 'Unhandled' }, body };
  }
}

/** The plain name of a function given by name, `name:qualifier`, or ARN with or without a qualifier. */
function nameOf(functionName: string): string {
  const afterAccount = functionName.includes(':function:')
    ? functionName.split(':function:')[1]
    : functionName;
  return (afterAccount ?? functionName).split(':')[0] ?? functionName;
}

function notFound(kind: string, name: string): AwsFault {
  return new AwsFault('ResourceNotFoundException', `${kind} not found: ${name}`, 404);
}
