import { randomUUID } from 'node:crypto';
import { LOCAL_ACCOUNT } from '../gateway/service.ts';
import type { RdsContext } from './context.ts';
import type { RdsEvent } from './events.ts';

interface EventKind {
  readonly category: string;
  readonly message: string;
}

/** Events about snapshots, from the RDS User Guide's event tables. */
const SNAPSHOT_EVENTS = {
  'RDS-EVENT-0040': { category: 'creation', message: 'Creating manual snapshot' },
  'RDS-EVENT-0042': { category: 'creation', message: 'Manual snapshot created' },
  'RDS-EVENT-0090': { category: 'creation', message: 'Creating automated snapshot' },
  'RDS-EVENT-0091': { category: 'creation', message: 'Automated snapshot created' },
  'RDS-EVENT-0041': { category: 'deletion', message: 'Deleted user snapshot' },
  'RDS-EVENT-0043': { category: 'restoration', message: 'Restored from snapshot' },
  'RDS-EVENT-0059': { category: 'notification', message: 'Started copy of snapshot' },
  'RDS-EVENT-0060': { category: 'notification', message: 'Finished copy of snapshot' },
  'RDS-EVENT-0061': { category: 'notification', message: 'Canceled snapshot copy request' },
  'RDS-EVENT-0196': { category: 'notification', message: 'Started copy of snapshot' },
  'RDS-EVENT-0197': { category: 'notification', message: 'Finished copy of snapshot' },
  'RDS-EVENT-0190': { category: 'notification', message: 'Canceled snapshot copy request' },
  'RDS-EVENT-0159': { category: 'notification', message: 'DB snapshot export task failed' },
  'RDS-EVENT-0160': { category: 'notification', message: 'DB snapshot export task canceled' },
  'RDS-EVENT-0161': { category: 'notification', message: 'DB snapshot export task completed' },
} as const satisfies Record<string, EventKind>;

/** Events about instances. */
const INSTANCE_EVENTS = {
  'RDS-EVENT-0001': { category: 'backup', message: 'Backing up DB instance' },
  'RDS-EVENT-0002': { category: 'backup', message: 'Finished DB instance backup' },
  'RDS-EVENT-0003': { category: 'deletion', message: 'DB instance deleted' },
  'RDS-EVENT-0005': { category: 'creation', message: 'DB instance created' },
  'RDS-EVENT-0019': { category: 'restoration', message: 'DB instance restored to a point in time' },
  'RDS-EVENT-0028': { category: 'configuration change', message: 'Automatic backups disabled' },
  'RDS-EVENT-0032': { category: 'configuration change', message: 'Automatic backups enabled' },
  'RDS-EVENT-0031': { category: 'failure', message: 'DB instance failed' },
} as const satisfies Record<string, EventKind>;

export type SnapshotEventId = keyof typeof SNAPSHOT_EVENTS;
export type InstanceEventId = keyof typeof INSTANCE_EVENTS;

/** What an event is about. */
export interface EventSource {
  readonly arn: string;
  readonly identifier: string;
  readonly region: string;
}

export function emitSnapshotEvent({ emit }: RdsContext, source: EventSource, id: SnapshotEventId): void {
  emit(buildEvent(source, id, SNAPSHOT_EVENTS[id], ['RDS DB Snapshot Event', 'SNAPSHOT']));
}

export function emitInstanceEvent({ emit }: RdsContext, source: EventSource, id: InstanceEventId): void {
  emit(buildEvent(source, id, INSTANCE_EVENTS[id], ['RDS DB Instance Event', 'DB_INSTANCE']));
}

function buildEvent(
  { arn, identifier, region }: EventSource,
  id: string,
  { category, message }: EventKind,
  [detailType, sourceType]: readonly [RdsEvent['detail-type'], RdsEvent['detail']['SourceType']],
): RdsEvent {
  const now = new Date();
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source: 'aws.rds',
    account: LOCAL_ACCOUNT,
    // EventBridge gives whole seconds here, the service milliseconds below.
    time: `${now.toISOString().slice(0, 19)}Z`,
    region,
    resources: [arn],
    detail: {
      EventCategories: [category],
      SourceType: sourceType,
      SourceArn: arn,
      Date: now.toISOString(),
      SourceIdentifier: identifier,
      Message: message,
      EventID: id,
    },
  };
}
