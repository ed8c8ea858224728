import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { CertificateFiles } from './certificate.ts';

/** Settings by name, as they stand in `postgresql.conf`, unquoted. */
export type Settings = Readonly<Record<string, string>>;

export interface ServerSettings {
  readonly certificate: CertificateFiles;
  /** Where finished WAL segments go; none for a server that keeps no archive. */
  readonly archiveFolder?: string;
  /** What a parameter group would change. */
  readonly parameters?: Settings;
  /** How recovery finds its WAL and where it ends; see `recovery.ts`. */
  readonly recovery?: Settings;
}

/**
 * As RDS sets them where a job could notice, and small enough for a laptop.
 *
 * `fsync` is off: what a server has written stays in the kernel's cache when the server is killed, and only the
 * death of the whole machine loses it. Crash recovery, backups and archives read through that cache, so they are
 * true. `synchronous_commit` and `full_page_writes` must stay on: without them a killed server would lose commits,
 * and a base backup would hold torn pages.
 */
const BASE_SETTINGS: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '64MB',
  // In the data directory instead of /dev/shm, which is 64 MB in a container and would outlive a killed server.
  dynamic_shared_memory_type: 'mmap',
  fsync: 'off',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'replica',
  max_wal_size: '1GB',
  min_wal_size: '16MB',
  // A restored server answers once recovery is over; without standby queries it may also be given smaller limits.
  hot_standby: 'off',
  shared_preload_libraries: 'pg_stat_statements',
  track_io_timing: 'on',
  track_activity_query_size: '4096',
  password_encryption: 'scram-sha-256',
  ssl: 'on',
  ssl_min_protocol_version: 'TLSv1.2',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_line_prefix: '%t:%r:%u@%d:[%p]:',
  log_checkpoints: 'off',
};

/** TLS with a password for everyone; a connection without TLS matches no line and is refused, as with rds.force_ssl. */
const CLIENT_AUTHENTICATION = 'hostssl all all 127.0.0.1/32 scram-sha-256\n';

function archiveSettings(archiveFolder: string | undefined): Settings {
  if (archiveFolder === undefined) return { archive_mode: 'off' };
  return {
    archive_mode: 'on',
    archive_library: 'basic_archive',
    'basic_archive.archive_directory': archiveFolder,
  };
}

function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The text of `postgresql.conf`. */
export function renderSettings({ certificate, archiveFolder, parameters, recovery }: ServerSettings): string {
  const all: Settings = {
    ...BASE_SETTINGS,
    ...parameters,
    ...archiveSettings(archiveFolder),
    ssl_cert_file: certificate.certificateFile,
    ssl_key_file: certificate.keyFile,
    ...recovery,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name} = ${quote(value)}\n`)
    .join('');
}

/** Replaces every setting that a data directory brought along, those of `ALTER SYSTEM` too, as RDS does. */
export async function writeSettings(dataDirectory: string, settings: ServerSettings): Promise<void> {
  await Promise.all([
    writeFile(path.join(dataDirectory, 'postgresql.conf'), renderSettings(settings)),
    writeFile(path.join(dataDirectory, 'postgresql.auto.conf'), ''),
    writeFile(path.join(dataDirectory, 'pg_hba.conf'), CLIENT_AUTHENTICATION),
  ]);
}
