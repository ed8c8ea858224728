import { rm } from 'node:fs/promises';
import type { ClientConfig } from 'pg';
import { connectionTo } from '../../postgres/connection.ts';
import { copyCluster } from '../../postgres/data-directory.ts';
import { startServer } from '../../postgres/server.ts';
import type { RdsContext } from '../context.ts';
import { newExportFolder } from '../folders.ts';
import { ADMIN_USER } from '../instances/server.ts';
import { whilePending } from '../pending.ts';
import type { Snapshot } from '../state.ts';

/** A server on a copy of a snapshot's files, for the length of one export. */
export interface ThrowAwayServer {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  connect(database: string): ClientConfig;
  /** Stops it and removes its files. */
  dispose(): Promise<void>;
}

export async function startSnapshotServer(
  rds: RdsContext,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<ThrowAwayServer> {
  const dataDirectory = newExportFolder(rds, snapshot.region);
  const remove = () => rm(dataDirectory, { recursive: true, force: true });
  try {
    await whilePending(snapshot.readers, copyCluster(rds.host, snapshot.folder, dataDirectory));
    const { major, adminPassword } = snapshot.traits;
    const server = await startServer(rds.host, {
      major,
      dataDirectory,
      settings: { certificate: rds.certificate },
      signal,
    });
    return {
      port: server.port,
      user: ADMIN_USER,
      password: adminPassword,
      connect: (database) =>
        connectionTo({
          port: server.port,
          user: ADMIN_USER,
          password: adminPassword,
          database,
          certificatePem: rds.certificate.certificatePem,
        }),
      dispose: async () => {
        await server.discard();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
