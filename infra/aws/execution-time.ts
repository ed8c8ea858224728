import type { RestoreDrillConfig, SnapshotExportConfig, StageConfig } from '../../shared/config/schema.ts';
import { shiftsOf } from '../../shared/config/shifts.ts';
import { longestWaitHours } from '../../shared/config/waits.ts';
import {
  archivedDatabases,
  drilledDatabases,
  exportedDatabases,
  maintainedDatabases,
  refreshedDatabases,
  verifiedDatabases,
} from './job-databases.ts';

const hourSeconds = 3_600;

/** How long a durable execution of each job may take, in seconds; a job that no database of the stage has is left out. */
export function executionSeconds(config: StageConfig): Record<string, number> {
  const longest = {
    'snapshot-export': exportedDatabases(config).map(
      ({ settings }) => longestRunHours(settings) * hourSeconds,
    ),
    'audit-archive': archivedDatabases(config).map(({ settings }) => longestNightSeconds(settings)),
    'matview-refresh': refreshedDatabases(config).map(({ settings }) => longestNightSeconds(settings)),
    'db-maintenance': maintainedDatabases(config).map(({ settings }) => longestNightSeconds(settings)),
    'backup-verify': verifiedDatabases(config).map(() => longestCheckHours * hourSeconds),
    'restore-drill': drilledDatabases(config).map(
      ({ settings }) => longestDrillHours(settings) * hourSeconds,
    ),
  };
  return Object.fromEntries(
    Object.entries(longest).flatMap(([job, seconds]) =>
      seconds.length > 0 ? [[job, Math.ceil(Math.max(...seconds))]] : [],
    ),
  );
}

/** For counting rows, reading footers and pruning, beside all waiting. */
const ownWorkHours = 2;

/** The longest that a run of snapshot-export may take: all the waiting that the config allows, and its own work. */
export function longestRunHours(settings: SnapshotExportConfig): number {
  return longestWaitHours(settings) + ownWorkHours;
}

/** The longest that a shift may take: its invocation, and the rest after it. */
const shiftSeconds = 960;
/** For facts, tidying up and telling. */
const aroundSeconds = 7_200;

/** The longest that a run may take of a job that works in shifts. */
export function longestNightSeconds(settings: Parameters<typeof shiftsOf>[0]): number {
  return shiftsOf(settings) * shiftSeconds + aroundSeconds;
}

/** The checks wait for nothing: reading an export's footers back is what takes time. */
const longestCheckHours = 2;

/** The longest that a drill may take: until the reaper removes its instance, and what deleting and telling take. */
export function longestDrillHours({ expiresAfterHours, patience }: RestoreDrillConfig): number {
  return expiresAfterHours + patience.deleteHours + 1;
}
