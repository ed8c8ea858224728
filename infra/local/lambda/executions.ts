/** The states of a durable execution, as `GetDurableExecution` gives them. */
export const EXECUTION_STATUSES = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'STOPPED'] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

/** A durable execution that some process of this machine runs, or ran. */
export interface Execution {
  readonly arn: string;
  readonly functionName: string;
  readonly pid: number;
  readonly status: ExecutionStatus;
  readonly startedAt: Date;
  readonly endedAt?: Date;
}

export type ExecutionReport = Pick<Execution, 'arn' | 'functionName' | 'pid' | 'status'>;

/** The durable executions that have been reported to one stack. */
export class Executions {
  readonly #byArn = new Map<string, Execution>();

  /** Takes a report of an execution's start, or of its end. */
  report(report: ExecutionReport, now = new Date()): void {
    const startedAt = this.#byArn.get(report.arn)?.startedAt ?? now;
    this.#byArn.set(report.arn, {
      ...report,
      startedAt,
      ...(report.status === 'RUNNING' ? {} : { endedAt: now }),
    });
  }

  /** One whose process is gone without having reported its end counts as FAILED: that is how a killed run looks. */
  find(arn: string): Execution | undefined {
    const execution = this.#byArn.get(arn);
    if (execution?.status === 'RUNNING' && !isAlive(execution.pid)) {
      this.report({ ...execution, status: 'FAILED' });
    }
    return this.#byArn.get(arn);
  }

  list(): Execution[] {
    return [...this.#byArn.keys()].flatMap((arn) => this.find(arn) ?? []);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, as somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
