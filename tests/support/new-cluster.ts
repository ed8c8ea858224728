import { access, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  copyCluster,
  type InitialiseOptions,
  initialiseCluster,
} from '../../infra/local/postgres/data-directory.ts';
import type { PostgresHost } from '../../infra/local/postgres/host.ts';

/**
 * A new cluster as `initialiseCluster` makes it, of which a run of tests makes each kind once: all others are copies, at
 * a tenth of the price, and with the same system identifier.
 */
export async function newCluster(host: PostgresHost, options: InitialiseOptions): Promise<void> {
  const { major, superuser, password, dataDirectory } = options;
  const template = join(tmpdir(), 'clusters', `${major}-${superuser}-${password}`);
  if (!(await isThere(template))) await makeTemplate(host, options, template);
  await copyCluster(host, template, dataDirectory);
}

/** Several test files may make it at once: the first one's stays. */
async function makeTemplate(host: PostgresHost, options: InitialiseOptions, template: string): Promise<void> {
  const own = `${template}-${process.pid}`;
  await initialiseCluster(host, { ...options, dataDirectory: own });
  try {
    await rename(own, template);
  } catch (error) {
    if (!(await isThere(template))) throw error;
    await rm(own, { recursive: true, force: true });
  }
}

function isThere(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    () => false,
  );
}
