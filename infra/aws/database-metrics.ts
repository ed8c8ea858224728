import type { Severity } from '../../shared/alarm/severity.ts';
import type { AlarmLimit, DatabaseAlarmsConfig, LimitName } from '../../shared/config/schema.ts';
import type { Past } from './alarm.ts';

/** A metric of an instance that is held against a limit. */
export interface Watched {
  /** The last part of the alarm's name. */
  readonly what: string;
  /** The section of the runbook. */
  readonly anchor: string;
  readonly metric: string;
  readonly instance: string;
  readonly severity: Severity;
  /** One sentence for people, without the full stop: what is past which limit, and for how long. */
  readonly says: string;
  readonly when: Past;
}

/** How CloudWatch measures what the config has a limit of. */
interface Measure {
  readonly what: string;
  readonly metric: string;
  /** `under` where less is worse. */
  readonly is: Past['is'];
  readonly statistic: Past['statistic'];
  readonly missing: Past['missing'];
  /** The limit in the metric's own unit. */
  threshold(limit: number, alarms: DatabaseAlarmsConfig): number;
  /** What is past the limit, with the limit in people's units. */
  says(limit: number, alarms: DatabaseAlarmsConfig): string;
}

const gib = 1_024 ** 3;

/** An instance that measures nothing is neither better nor worse for it: that it is silent has an alarm of its own. */
const asItWas = 'ignore';

const load = { is: 'over', statistic: 'Average', missing: asItWas } as const;
/** What ends in an error when it reaches its bound: a short peak counts. */
const bounded = { is: 'over', statistic: 'Maximum', missing: asItWas } as const;

const share = (whole: number | undefined, percent: number) => ((whole ?? 0) * percent) / 100;

const measures: Readonly<Record<LimitName, Measure>> = {
  cpuPercent: {
    ...load,
    what: 'cpu',
    metric: 'CPUUtilization',
    threshold: (limit) => limit,
    says: (limit) => `The processors are busier than ${limit} %`,
  },
  connectionsPercent: {
    ...bounded,
    what: 'connections',
    metric: 'DatabaseConnections',
    threshold: (limit, { maxConnections }) => share(maxConnections, limit),
    says: (limit, { maxConnections }) =>
      `There are more than ${share(maxConnections, limit)} connections, ${limit} % of ${maxConnections}`,
  },
  memoryUsedPercent: {
    ...load,
    is: 'under',
    what: 'memory',
    metric: 'FreeableMemory',
    threshold: (limit, { memoryGiB }) => Math.round(share(memoryGiB, 100 - limit) * gib),
    says: (limit, { memoryGiB }) =>
      `More than ${limit} % of ${memoryGiB} GiB of memory is used: less than ${rounded(share(memoryGiB, 100 - limit))} GiB can be freed`,
  },
  diskQueueDepth: {
    ...load,
    what: 'disk-queue',
    metric: 'DiskQueueDepth',
    threshold: (limit) => limit,
    says: (limit) => `More than ${limit} requests wait for the disk`,
  },
  readLatencyMs: {
    ...load,
    what: 'read-latency',
    metric: 'ReadLatency',
    threshold: (limit) => limit / 1_000,
    says: (limit) => `A read from the disk takes longer than ${limit} ms`,
  },
  writeLatencyMs: {
    ...load,
    what: 'write-latency',
    metric: 'WriteLatency',
    threshold: (limit) => limit / 1_000,
    says: (limit) => `A write to the disk takes longer than ${limit} ms`,
  },
  freeStorageGiB: {
    ...bounded,
    is: 'under',
    statistic: 'Minimum',
    what: 'free-storage',
    metric: 'FreeStorageSpace',
    threshold: (limit) => limit * gib,
    says: (limit) => `Less than ${limit} GiB of storage is free`,
  },
  transactionLogsGiB: {
    ...bounded,
    what: 'transaction-logs',
    metric: 'TransactionLogsDiskUsage',
    threshold: (limit) => limit * gib,
    says: (limit) => `The write-ahead log takes more than ${limit} GiB`,
  },
  transactionIdsMillions: {
    ...bounded,
    what: 'transaction-ids',
    metric: 'MaximumUsedTransactionIDs',
    threshold: (limit) => limit * 1_000_000,
    says: (limit) =>
      `The oldest table is more than ${limit} million transactions old, of 2,147 million at most`,
  },
  replicationSlotLagGiB: {
    ...bounded,
    // A slot that is gone measures nothing, and holds nothing back.
    missing: 'notBreaching',
    what: 'replication-slots',
    metric: 'OldestReplicationSlotLag',
    threshold: (limit) => limit * gib,
    says: (limit) => `A replication slot holds back more than ${limit} GiB of write-ahead log`,
  },
  replicaLagSeconds: {
    ...load,
    // A replica that the config names and that measures nothing does not replicate.
    missing: 'breaching',
    what: 'replica-lag',
    metric: 'ReplicaLag',
    threshold: (limit) => limit,
    says: (limit) => `The replica is more than ${limit} s behind, or says nothing`,
  },
};

/** What the config has an alarm of, in its order; replicas one by one. */
export function watchedMetrics(instance: string, alarms: DatabaseAlarmsConfig): Watched[] {
  return (Object.keys(measures) as LimitName[]).flatMap((name) => {
    const settings = alarms[name];
    if (settings === null) return [];
    const measure = measures[name];
    if (name !== 'replicaLagSeconds') return [watched(measure, settings, alarms, instance)];
    return alarms.replicas.map((replica) => ({
      ...watched(measure, settings, alarms, replica),
      what: `${measure.what}-${replica}`,
    }));
  });
}

function watched(
  { what, metric, is, statistic, missing, threshold, says }: Measure,
  { limit, periods, periodSeconds, severity }: AlarmLimit,
  alarms: DatabaseAlarmsConfig,
  instance: string,
): Watched {
  const minutes = (periods * periodSeconds) / 60;
  return {
    what,
    anchor: what,
    metric,
    instance,
    severity,
    says: `${instance}: ${says(limit, alarms)}, for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`,
    when: { is, statistic, missing, periodSeconds, periods, threshold: threshold(limit, alarms) },
  };
}

const rounded = (value: number) => Math.round(value * 100) / 100;
