import type { CopyFact, ExportTaskFact, Facts, SnapshotFact } from '../../functions/snapshot-export/facts.ts';
import { slotTags } from '../../functions/snapshot-export/plan.ts';

const account = '111122223333';

/** An automated snapshot of `menotime-prod` as of the fixture's night; tests vary it by spread. */
export const automatedSnapshot: SnapshotFact = {
  identifier: 'rds:menotime-prod-2026-01-02-03-06',
  arn: `arn:aws:rds:us-west-1:${account}:snapshot:rds:menotime-prod-2026-01-02-03-06`,
  instance: 'menotime-prod',
  status: 'available',
  type: 'automated',
  createdAt: '2026-01-02T03:06:30.000Z',
  progressPercent: 100,
  allocatedGiB: 20,
  encrypted: true,
  tags: {},
};

/** One that this job took for a slot, with its tags. */
export function ownSnapshot(
  identifier: string,
  more: Partial<SnapshotFact> & { readonly slot?: string; readonly database?: string } = {},
): SnapshotFact {
  const { slot = '2026-01-02', database = 'menotime', ...facts } = more;
  return {
    ...automatedSnapshot,
    identifier,
    arn: `arn:aws:rds:us-west-1:${account}:snapshot:${identifier}`,
    type: 'manual',
    tags: slotTags('prod', { database, slot }),
    ...facts,
  };
}

/** The copy of a snapshot in the second region. */
export function copyOf(source: SnapshotFact, more: Partial<CopyFact> = {}): CopyFact {
  const identifier = 'nightshift-prod-menotime-2026-01-02';
  return { ...ownSnapshot(identifier), sourceArn: source.arn, ...more };
}

/** An export of a snapshot under the slot's first name. */
export function exportOf(source: SnapshotFact, more: Partial<ExportTaskFact> = {}): ExportTaskFact {
  return {
    identifier: 'nightshift-prod-menotime-2026-01-02',
    sourceArn: source.arn,
    status: 'IN_PROGRESS',
    progressPercent: 40,
    extractedGB: 0,
    exportOnly: ['menotime_prod'],
    bucket: 'menotime-backups',
    snapshotTime: source.createdAt,
    startedAt: '2026-01-02T03:40:00.000Z',
    endedAt: null,
    failureCause: null,
    warning: null,
    ...more,
  };
}

/** Nothing is there yet. */
export const noFacts: Facts = {
  instance: {
    identifier: 'menotime-prod',
    status: 'available',
    resourceId: 'db-DEMO',
    allocatedGiB: 20,
    address: { host: 'db.example', port: 5432 },
  },
  snapshots: [],
  exportTasks: [],
  countedNames: [],
  copies: [],
};
