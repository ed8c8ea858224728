import {
  copyCluster,
  type InitialiseOptions,
  initialiseCluster,
} from '../../infra/local/postgres/data-directory.ts';
import type { PostgresHost } from '../../infra/local/postgres/host.ts';
import { madeOnce } from './made-once.ts';

/**
 * A new cluster as `initialiseCluster` makes it, of which a run of tests makes each kind once: all others are copies, at
 * a third of the price, and with the same system identifier.
 */
export async function newCluster(host: PostgresHost, options: InitialiseOptions): Promise<void> {
  const { major, superuser, password, dataDirectory } = options;
  const template = await madeOnce(`cluster-${major}-${superuser}-${password}`, (draft) =>
    initialiseCluster(host, { ...options, dataDirectory: draft }),
  );
  await copyCluster(host, template, dataDirectory);
}
