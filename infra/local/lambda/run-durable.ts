import type { DurableLambdaHandler } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner, type TestResult } from '@aws/durable-execution-sdk-js-testing';
import type { Handler } from 'aws-lambda';
import { withCheckpointServer } from './durable-environment.ts';
import type { ExecutionStatus } from './executions.ts';
import { lambdaContext } from './lambda-context.ts';
import { reportExecution } from './report-execution.ts';

export interface DurableRun {
  /** What `withDurableExecution` or middy's durable mode makes. */
  readonly handler: DurableLambdaHandler;
  readonly event: unknown;
  readonly functionName: string;
  /** The gateway that is told of the execution: `AWS_ENDPOINT_URL` when left out; false for none. */
  readonly register?: string | false;
  /** Of each invocation; Lambda's 15 minutes when left out. The handler sees it run down but is not ended by it. */
  readonly timeoutMilliseconds?: number;
  /** Plain functions that the handler calls with `context.invoke`, by name. */
  readonly functions?: Readonly<Record<string, Handler>>;
}

/**
 * Runs a durable handler in this process, in real time, to its end: gives its result, or throws an error with the name
 * and message of the one that ended it. Each execution has an ARN of its own, a random UUID.
 */
export async function runDurable<Result = unknown>(run: DurableRun): Promise<Result> {
  return withCheckpointServer(async () => {
    const registration = new Registration(run);
    const runner = new LocalDurableTestRunner<Result>({
      handlerFunction: registeredHandler(run, registration),
    });
    for (const [name, handler] of Object.entries(run.functions ?? {})) runner.registerFunction(name, handler);
    let status: ExecutionStatus = 'FAILED';
    try {
      const result = await runner.run({ payload: run.event });
      status = result.getStatus() === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED';
      return resultOf(result);
    } finally {
      await registration.end(status);
    }
  });
}

/** The handler with a context of its own for each invocation, and known to the gateway before its first line runs. */
function registeredHandler(run: DurableRun, registration: Registration): DurableLambdaHandler {
  return async (input, _context) => {
    await registration.start(input.DurableExecutionArn);
    return run.handler(input, lambdaContext(run.functionName, run.timeoutMilliseconds));
  };
}

/** The reports of one execution: one start, however often it is invoked, and one end. */
class Registration {
  readonly #endpoint: string | undefined;
  readonly #functionName: string;
  #arn: string | undefined;

  constructor({ register, functionName }: DurableRun) {
    this.#endpoint = register === false ? undefined : (register ?? process.env.AWS_ENDPOINT_URL);
    this.#functionName = functionName;
  }

  async start(arn: string): Promise<void> {
    if (this.#arn !== undefined) return;
    this.#arn = arn;
    await this.#report(arn, 'RUNNING');
  }

  async end(status: ExecutionStatus): Promise<void> {
    if (this.#arn !== undefined) await this.#report(this.#arn, status);
  }

  async #report(arn: string, status: ExecutionStatus): Promise<void> {
    if (this.#endpoint === undefined) return;
    await reportExecution(this.#endpoint, {
      arn,
      functionName: this.#functionName,
      pid: process.pid,
      status,
    });
  }
}

function resultOf<Result>(result: TestResult<Result>): Result {
  if (result.getStatus() === 'SUCCEEDED') return result.getResult() as Result;
  const { errorType, errorMessage, stackTrace } = result.getError();
  const error = new Error(errorMessage ?? `The execution ended as ${result.getStatus()} without a message`);
  error.name = errorType ?? 'Error';
  if (stackTrace) error.stack = stackTrace.join('\n');
  throw error;
}
