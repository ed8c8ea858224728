import { S3Client } from '@aws-sdk/client-s3';
import { createSnapshotExporter } from './export/snapshot-exporter.ts';
import { createCertificate } from './postgres/certificate.ts';
import { startWatchdog } from './postgres/watchdog.ts';
import { createLocalRds, type LocalRds, type LocalRdsOptions } from './rds/local-rds.ts';
import type { Teardown } from './teardown.ts';

export interface RdsPartOptions extends Partial<Pick<LocalRdsOptions, 'delays' | 'quotas' | 'emit'>> {}

export interface RdsPart {
  readonly rds: LocalRds;
  /** Every server's certificate is this one; clients trust it as their only authority. */
  readonly certificatePem: string;
  /** The service's exports go through the gateway too, once it listens. */
  connect(endpoint: string): void;
}

export interface RdsPlace {
  readonly folder: string;
  readonly regions: readonly string[];
  /** Removed as well when this process is killed. */
  readonly temporaryFolder: string | undefined;
}

/** RDS for the stack; its servers and folders go away with the stack, and also when this process is killed. */
export async function startRdsPart(
  options: RdsPartOptions,
  { folder, regions, temporaryFolder }: RdsPlace,
  teardown: Teardown,
): Promise<RdsPart> {
  const certificate = await createCertificate();
  const watchdog = startWatchdog();
  teardown.add('watchdog', () => watchdog.stop());
  if (temporaryFolder) watchdog.watchFolder(temporaryFolder);
  const gateway: { endpoint?: string } = {};
  const rds = await createLocalRds({
    folder,
    regions,
    certificate,
    watchdog,
    exporter: createSnapshotExporter(),
    s3: (region) => exporterClient(region, gateway.endpoint),
    emit: options.emit ?? (() => undefined),
    ...(options.delays ? { delays: options.delays } : {}),
    ...(options.quotas ? { quotas: options.quotas } : {}),
  });
  teardown.add('RDS', () => rds.stop());
  return {
    rds,
    certificatePem: certificate.certificatePem,
    connect: (endpoint) => {
      gateway.endpoint = endpoint;
    },
  };
}

function exporterClient(region: string, endpoint: string | undefined): S3Client {
  if (!endpoint) throw new Error('RDS was asked to export before the gateway listened.');
  return new S3Client({
    region,
    endpoint,
    credentials: { accessKeyId: 'export.rds.amazonaws.com', secretAccessKey: 'local' },
  });
}
