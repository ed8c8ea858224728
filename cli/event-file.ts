import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
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
  if (file !== '-' && (statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? true))
    throw new UsageError(`There is no file ${file} to read the event from.`);
  // Through the stream: opening /dev/stdin fails where it is a socket, as it is for whoever Node starts.
  const content = file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  const source = file === '-' ? 'Standard input' : file;
  const event = parse(source, content);
  if (typeof event === 'object' && event !== null) return event;
  throw new UsageError(`${source} does not hold a JSON object.`);
}

function parse(source: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw new UsageError(`${source} does not hold JSON: ${(cause as Error).message}`);
  }
}
