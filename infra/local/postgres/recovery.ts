import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { claimFolder } from './data-directory.ts';
import type { PostgresHost } from './host.ts';
import { type PostgresServer, type ServerOptions, startServer } from './server.ts';
import { PostgresStartError } from './start-error.ts';

export interface RecoveryTarget {
  /** The archive of the server that is being recovered; only read. */
  readonly sourceArchive: string;
  /** Transactions that committed later than this are left out. */
  readonly targetTime: Date;
}

/** The archived WAL ends before the moment that was asked for. */
export class RecoveryTargetNotReachedError extends PostgresStartError {
  override readonly name = 'RecoveryTargetNotReachedError';
}

/** `2026-01-02 03:04:05.678+00`: recovery refuses the `T` and `Z` of ISO 8601. */
export function formatRecoveryTime(time: Date): string {
  return time.toISOString().replace('T', ' ').replace('Z', '+00');
}

/** A shell command for `restore_command`: single quotes for the shell, and doubled per cent signs for Postgres. */
function restoreCommand(archive: string): string {
  const folder = archive.replaceAll("'", `'\\''`).replaceAll('%', '%%');
  return `cp '${folder}/%f' '%p'`;
}

/**
 * Starts a server on a copy of a base backup and lets it replay archived WAL up to `targetTime`.
 * It is then an ordinary server on a timeline of its own, with the archive that its own settings name.
 */
export async function startRecovered(
  host: PostgresHost,
  options: ServerOptions,
  target: RecoveryTarget,
): Promise<PostgresServer> {
  await writeFile(path.join(options.dataDirectory, 'recovery.signal'), '');
  await claimFolder(host, options.dataDirectory);
  const recovery = {
    restore_command: restoreCommand(target.sourceArchive),
    recovery_target_time: formatRecoveryTime(target.targetTime),
    recovery_target_action: 'promote',
    recovery_target_timeline: 'latest',
  };
  try {
    return await startServer(host, { ...options, settings: { ...options.settings, recovery } });
  } catch (error) {
    if (error instanceof PostgresStartError && error.log.includes('recovery target was reached')) {
      throw new RecoveryTargetNotReachedError(
        `Recovering ${options.dataDirectory} to ${formatRecoveryTime(target.targetTime)} failed, because the archived WAL ends earlier`,
        error.log,
      );
    }
    throw error;
  }
}
