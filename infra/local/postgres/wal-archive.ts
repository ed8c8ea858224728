import { randomUUID } from 'node:crypto';
import { copyFile, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The 24 hexadecimal digits of a WAL segment: timeline, then position. */
const SEGMENT = /^[0-9A-F]{24}$/;

/** The archived segments, oldest first. */
export async function listSegments(archiveFolder: string): Promise<string[]> {
  const names = await readdir(archiveFolder);
  return names.filter((name) => SEGMENT.test(name)).toSorted();
}

/** Waits until a segment has been archived; the archiver puts it there by a rename, so it is whole. */
export async function waitForSegment(
  archiveFolder: string,
  segment: string,
  { timeoutMs = 60_000, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await listSegments(archiveFolder)).includes(segment)) {
    signal?.throwIfAborted();
    if (Date.now() > deadline) {
      throw new Error(`WAL segment ${segment} did not reach ${archiveFolder} within ${timeoutMs} ms.`);
    }
    await sleep(10);
  }
}

/** Copies the segments from `first` to `last`, both included, of one timeline. */
export async function copySegments(
  archiveFolder: string,
  to: string,
  range: { readonly first: string; readonly last: string },
): Promise<number> {
  const wanted = (await listSegments(archiveFolder)).filter(
    (name) => name >= range.first && name <= range.last,
  );
  for (const name of wanted) await copyFile(path.join(archiveFolder, name), path.join(to, name));
  return wanted.length;
}

/** Removes what no backup needs any more: every segment before `first`. */
export async function pruneSegments(archiveFolder: string, first: string): Promise<void> {
  const old = (await listSegments(archiveFolder)).filter((name) => name < first);
  await Promise.all(old.map((name) => rm(path.join(archiveFolder, name), { force: true })));
}

/**
 * Gives back the disk space of the zeros at a segment's end; its length and its bytes stay the same.
 * A segment that was ended early, to be archived, is mostly zeros.
 */
export async function releaseUnusedSpace(archiveFolder: string, segment: string): Promise<void> {
  const file = path.join(archiveFolder, segment);
  const bytes = await readFile(file);
  const used = bytes.findLastIndex((byte) => byte !== 0) + 1;
  // Replaced by a rename: whoever reads the segment at this moment reads the whole of it. The name is this call's own.
  const shrunk = `${file}.${randomUUID()}`;
  await writeFile(shrunk, bytes.subarray(0, used));
  await truncate(shrunk, bytes.length);
  await rename(shrunk, file);
}
