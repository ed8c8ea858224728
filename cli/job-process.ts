import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { JobLogEntry } from './job-log.ts';
import { parseLogLine } from './job-log.ts';
import type { JobAnswer, JobOrder } from './job-protocol.ts';

export interface JobRun extends JobOrder {
  readonly environment: Readonly<Record<string, string>>;
  readonly onLog: (entry: JobLogEntry) => void;
  /** Kills the job's process, as a machine that dies would. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a job's deployed handler in a process of its own, as Lambda does, and answers its result. Throws an error with
 * the name and message of the one that ended the job.
 */
export async function runJob<Result>({ environment, onLog, signal, ...order }: JobRun): Promise<Result> {
  const child = fork(new URL('./job-worker.ts', import.meta.url), {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
    ...(signal ? { signal, killSignal: 'SIGKILL' } : {}),
  });
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => onLog(parseLogLine(line)));
  // Warnings and errors of a log go there, and whatever Node itself has to say.
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const entry = parseLogLine(line);
      if (entry.kind === 'log') onLog(entry);
      else process.stderr.write(`${line}\n`);
    });
  }
  const answer = await new Promise<JobAnswer>((resolve, reject) => {
    child.once('message', (message) => resolve(message as JobAnswer));
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(
        new Error(`The process of ${order.job} ended (${signal ?? `exit code ${code}`}) without an answer.`),
      ),
    );
    child.send(order);
  });
  if (answer.kind === 'result') return answer.result as Result;
  throw Object.assign(new Error(answer.message), { name: answer.name });
}
