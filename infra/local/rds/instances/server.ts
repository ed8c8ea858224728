import type { ClientConfig } from 'pg';
import { connectionTo } from '../../postgres/connection.ts';
import { makeFolder } from '../../postgres/data-directory.ts';
import { type RecoveryTarget, startRecovered } from '../../postgres/recovery.ts';
import { type ServerOptions, startServer } from '../../postgres/server.ts';
import type { RdsContext } from '../context.ts';
import { archiveFolder } from '../folders.ts';
import type { Instance } from '../state.ts';

/** The superuser that RDS keeps for itself. */
export const ADMIN_USER = 'rdsadmin';

/** Starts the server on the instance's files; a deletion calls that off. */
export async function launch(
  rds: RdsContext,
  instance: Instance,
  { recovery, port }: { recovery?: RecoveryTarget; port?: number } = {},
): Promise<void> {
  await makeFolder(rds.host, archiveFolder(instance));
  const options: ServerOptions = {
    major: instance.traits.major,
    dataDirectory: instance.dataDirectory,
    settings: {
      certificate: rds.certificate,
      archiveFolder: archiveFolder(instance),
      parameters: instance.parameters,
    },
    signal: AbortSignal.any([rds.background.signal, instance.ending.signal]),
    ...(port !== undefined && { port }),
  };
  instance.server = recovery
    ? await startRecovered(rds.host, options, recovery)
    : await startServer(rds.host, options);
}

/** Kills the server as a crash would, and starts it again on its port, as RDS does by itself. */
export async function crash(rds: RdsContext, instance: Instance): Promise<void> {
  const { server } = instance;
  if (!server) throw new Error(`DB instance ${instance.identifier} has no server that could crash.`);
  await server.kill();
  await launch(rds, instance, { port: server.port });
}

/** A superuser's connection. Throws when the server does not run. */
export function adminConnection(rds: RdsContext, instance: Instance, database?: string): ClientConfig {
  if (!instance.server) throw new Error(`DB instance ${instance.identifier} has no running server.`);
  return connectionTo({
    port: instance.server.port,
    user: ADMIN_USER,
    password: instance.traits.adminPassword,
    certificatePem: rds.certificate.certificatePem,
    ...(database !== undefined && { database }),
  });
}
