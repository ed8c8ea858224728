import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { StageConfig } from '../../shared/config/schema.ts';
import { ConfigError } from '../../shared/job/errors.ts';

/**
 * Lays the authorities that databases name for themselves into `outDir`, and answers the config that names them by
 * their place there. Throws ConfigError for a file that cannot be read or holds no certificate.
 */
export async function layOwnAuthorities(config: StageConfig, outDir: string): Promise<StageConfig> {
  const databases = { ...config.databases };
  for (const [name, database] of Object.entries(config.databases)) {
    if (database.caFile === undefined) continue;
    const laid = join(outDir, `ca-${name}.pem`);
    await writeFile(laid, await readCertificates(name, database.caFile));
    databases[name] = { ...database, caFile: basename(laid) };
  }
  return { ...config, databases };
}

async function readCertificates(database: string, file: string): Promise<string> {
  const named = `"caFile" of the database "${database}" names`;
  const pem = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new ConfigError(`Cannot read the certificate authorities that ${named}: ${cause.message}`, {
      cause,
    });
  });
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new ConfigError(`${file}, which ${named}, holds no certificate: it must be a file in PEM.`);
}
