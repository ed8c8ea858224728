import { setTimeout as wait } from 'node:timers/promises';
import type { ManifestFile } from './export-manifest.ts';
import { type Fetched, fetchWholeFile } from './fetch-whole-file.ts';

/** How fetching a file ended; `unread`: each try was broken off, the last one by `why`. */
export type FetchedAtLast = { readonly fetched: Fetched } | { readonly unread: true; readonly why: string };

export type Sleep = (seconds: number) => Promise<unknown>;

const mostTries = 3;
const pauseSeconds = 5;

/**
 * As fetchWholeFile, with a second and a third try after a pause: what reads for hours meets a broken connection. Throws
 * only where the fault is this machine's, which no other try mends.
 */
export async function fetchAgain(
  where: Parameters<typeof fetchWholeFile>[0],
  file: ManifestFile,
  path: string,
  sleep: Sleep = (seconds) => wait(seconds * 1_000),
): Promise<FetchedAtLast> {
  for (let tries = 1; ; tries += 1) {
    try {
      return { fetched: await fetchWholeFile(where, file, path) };
    } catch (error) {
      if (isOfThisMachine(error)) throw error;
      if (tries === mostTries || isRefused(error)) return { unread: true, why: inShort(error) };
      await sleep(pauseSeconds * tries);
    }
  }
}

const localFaults = ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EIO', 'EMFILE'];

/** The folder, or the disk under it. */
function isOfThisMachine(error: unknown): boolean {
  return originsOf(error).some(({ code }) => typeof code === 'string' && localFaults.includes(code));
}

/** S3 has answered, and would answer the same: that the caller may not, or that the request is wrong. */
function isRefused(error: unknown): boolean {
  return originsOf(error).some(({ $metadata }) => {
    const status = $metadata?.httpStatusCode ?? 0;
    return status >= 400 && status < 500 && status !== 408 && status !== 429;
  });
}

interface Origin {
  readonly cause?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function originsOf(error: unknown): Origin[] {
  if (typeof error !== 'object' || error === null) return [];
  const origin: Origin = error;
  return [origin, ...originsOf(origin.cause)];
}

function inShort(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line;
}
