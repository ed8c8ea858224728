import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { findJobs } from '../infra/build/jobs.ts';
import { UsageError } from './failure.ts';
import { projectRoot } from './project-root.ts';

export async function requireJob(job: string): Promise<void> {
  const jobs = await findJobs(projectRoot);
  if (jobs.includes(job)) return;
  throw new UsageError(`There is no job ${JSON.stringify(job)}. There is: ${jobs.join(', ')}.`);
}

/** The event in a file, or on standard input where the file is `-`. Throws UsageError. */
export async function readEvent(file: string): Promise<object> {
  if (file !== '-' && !existsSync(file))
    throw new UsageError(`There is no file ${file} to read the event from.`);
  const event = parse(file, await readFile(file === '-' ? '/dev/stdin' : file, 'utf8'));
  if (typeof event === 'object' && event !== null) return event;
  throw new UsageError(`${file} does not hold a JSON object.`);
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${file} does not hold JSON: ${(cause as Error).message}`);
  }
}
