import { findJobs } from '../infra/build/jobs.ts';
import type { LocalStage } from '../infra/local/stage.ts';
import { projectRoot } from './project-root.ts';

/** Lets whoever invokes a job's function by its name in the embedded stack start it, as in AWS. */
export async function registerJobs(
  { stack, names }: LocalStage,
  run: (job: string, event: unknown) => Promise<unknown>,
): Promise<void> {
  for (const job of await findJobs(projectRoot)) {
    stack.lambda.register(names.functionName(job), (event) => run(job, event));
  }
}
