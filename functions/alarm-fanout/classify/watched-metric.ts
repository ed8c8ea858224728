import type { Severity } from '../../../shared/alarm/severity.ts';
import type { LimitName, StageConfig } from '../../../shared/config/schema.ts';
import type { ObservedAlarm } from '../normalise/observed.ts';

/** Which limit of a database's `alarms` in the config each metric of RDS is held against. */
const limits: ReadonlyMap<string, LimitName> = new Map([
  ['CPUUtilization', 'cpuPercent'],
  ['DatabaseConnections', 'connectionsPercent'],
  ['FreeableMemory', 'memoryUsedPercent'],
  ['DiskQueueDepth', 'diskQueueDepth'],
  ['ReadLatency', 'readLatencyMs'],
  ['WriteLatency', 'writeLatencyMs'],
  ['FreeStorageSpace', 'freeStorageGiB'],
  ['TransactionLogsDiskUsage', 'transactionLogsGiB'],
  ['MaximumUsedTransactionIDs', 'transactionIdsMillions'],
  ['OldestReplicationSlotLag', 'replicationSlotLagGiB'],
  ['ReplicaLag', 'replicaLagSeconds'],
]);

interface Asked {
  readonly alarm: Pick<ObservedAlarm, 'name' | 'metric'>;
  readonly stage: string;
  readonly database: string | null;
}

/**
 * How bad the config says it is, of an alarm that the template made from it. The alarm's tag says the same, and cannot
 * always be read in time.
 */
export function configuredSeverity(
  { alarm, stage, database }: Asked,
  config: StageConfig,
): Severity | undefined {
  const { name, metric } = alarm;
  if (database === null || metric?.namespace !== 'AWS/RDS') return undefined;
  if (!name.startsWith(`nightshift-${stage}-${database}-`)) return undefined;
  const limit = limits.get(metric.name);
  return limit && (config.databases[database]?.alarms?.[limit]?.severity ?? undefined);
}
