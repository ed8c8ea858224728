import { join } from 'node:path';
import { internalS3 } from './aws/s3-clients.ts';
import { type AwsServers, startAwsServers } from './aws/servers.ts';
import type { EventBus } from './events/bus.ts';
import { createSnapshotExporter } from './export/snapshot-exporter.ts';
import type { Certificate } from './postgres/certificate.ts';
import type { Watchdog } from './postgres/watchdog.ts';
import { createLocalRds, type LocalRds } from './rds/local-rds.ts';
import type { StackOptions } from './stack-options.ts';
import type { Teardown } from './teardown.ts';

export interface RdsAndAwsParts extends Pick<StackOptions, 'delays' | 'quotas' | 'exporter'> {
  readonly regions: readonly string[];
  readonly folder: string;
  readonly s3Folder: string;
  readonly events: EventBus;
  readonly certificate: Certificate;
  readonly watchdog: Watchdog;
}

/** Starts RDS and the AWS servers at once, and has RDS end first, since an export under way writes to S3. */
export async function startRdsAndAws(
  parts: RdsAndAwsParts,
  teardown: Teardown,
): Promise<{ servers: AwsServers; rds: LocalRds }> {
  let s3Port = 0;
  const s3 = internalS3(() => s3Port);
  teardown.add('S3 clients', async () => s3.destroy());
  const startingRds = createLocalRds({
    folder: join(parts.folder, 'rds'),
    regions: parts.regions,
    delays: parts.delays ?? {},
    quotas: parts.quotas ?? {},
    exporter: parts.exporter ?? createSnapshotExporter(),
    s3: (region) => s3.client(region),
    emit: (event) => void parts.events.put(event),
    certificate: parts.certificate,
    watchdog: parts.watchdog,
  });
  // Both have started or failed before anything is ended: a part that is still starting could not be.
  const [servers, rds] = await Promise.allSettled([startAwsServers(parts.s3Folder), startingRds]);
  if (servers.status === 'fulfilled') teardown.add('S3, SNS, SQS and DynamoDB', () => servers.value.stop());
  if (rds.status === 'fulfilled') teardown.add('RDS', () => rds.value.stop());
  s3Port = fulfilled(servers).s3.port;
  return { servers: fulfilled(servers), rds: fulfilled(rds) };
}

function fulfilled<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}
