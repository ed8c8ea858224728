import { chown, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generate } from 'selfsigned';
import type { ServerUser } from './server-user.ts';

/** A certificate for the servers of one stack. Clients verify against `certificatePem`, host name included. */
export interface Certificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

export interface CertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Makes a self-signed certificate for `localhost` and `127.0.0.1`, valid for a year. */
export async function createCertificate(): Promise<Certificate> {
  const pems = await generate([{ name: 'commonName', value: 'Nightshift local RDS' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  return { certificatePem: pems.cert, keyPem: pems.private };
}

/** Writes both files where servers find them; Postgres demands that the key is its own and nobody else's to read. */
export async function writeCertificate(
  certificate: Certificate,
  folder: string,
  user: ServerUser | undefined,
): Promise<CertificateFiles> {
  await mkdir(folder, { recursive: true });
  const files = {
    certificateFile: path.join(folder, 'server.crt'),
    keyFile: path.join(folder, 'server.key'),
  };
  await writeFile(files.certificateFile, certificate.certificatePem, { mode: 0o644 });
  await writeFile(files.keyFile, certificate.keyPem, { mode: 0o600 });
  if (user) await chown(files.keyFile, user.uid, user.gid);
  return files;
}
