import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Every job that the project has: the folders in `functions/` that hold a handler, in alphabetical order. */
export async function findJobs(projectRoot: string): Promise<string[]> {
  const functions = join(projectRoot, 'functions');
  const entries = await readdir(functions, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const found = await Promise.all(
    folders.map(async (job) => ((await isThere(handlerOf(projectRoot, job))) ? [job] : [])),
  );
  return found.flat().sort();
}

export function handlerOf(projectRoot: string, job: string): string {
  return join(projectRoot, 'functions', job, 'handler.ts');
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
