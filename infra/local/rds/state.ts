import type { BaseBackup } from '../postgres/base-backup.ts';
import type { PostgresMajor } from '../postgres/binaries.ts';
import type { PostgresServer } from '../postgres/server.ts';
import type { Settings } from '../postgres/settings.ts';
import type { Tag } from './wire/form.ts';

/** What stays the same from an instance to its snapshots and to what is restored from them. */
export interface ClusterTraits {
  readonly major: PostgresMajor;
  /** `15.18` */
  readonly engineVersion: string;
  readonly masterUsername: string;
  /** Of the superuser `rdsadmin`, which RDS keeps to itself. */
  readonly adminPassword: string;
  readonly databaseName: string | undefined;
  readonly instanceClass: string;
  readonly allocatedStorageGiB: number;
  readonly kmsKeyId: string | undefined;
}

/** What jobs look at and nothing here depends on. */
export interface Posture {
  readonly multiAz: boolean;
  readonly publiclyAccessible: boolean;
  /** Storage autoscaling, where it is on. */
  readonly maxAllocatedStorageGiB: number | undefined;
  /** That go to CloudWatch. */
  readonly exportedLogs: readonly string[];
}

export interface Instance {
  readonly identifier: string;
  readonly region: string;
  readonly arn: string;
  readonly dbiResourceId: string;
  readonly dataDirectory: string;
  /** Archived WAL and base backups: may outlive the instance. */
  readonly backupFolder: string;
  readonly parameterGroup: string;
  readonly parameters: Settings;
  traits: ClusterTraits;
  status: string;
  createTime: Date | undefined;
  server: PostgresServer | undefined;
  tags: readonly Tag[];
  deletionProtection: boolean;
  posture: Posture;
  backupRetentionDays: number;
  backupWindow: string;
  copyTagsToSnapshot: boolean;
  automatedBackup: AutomatedBackup | undefined;
  /** The newest backup: the next one shares with it what has not changed. */
  lastBackup: BaseBackup | undefined;
  /** Aborted by a deletion; what is in `work` has to end before the files can go. */
  readonly ending: AbortController;
  readonly work: Set<Promise<unknown>>;
}

/** Base backups and archived WAL of one instance; may outlive it. */
export interface AutomatedBackup {
  readonly arn: string;
  readonly region: string;
  readonly instanceIdentifier: string;
  readonly instanceArn: string;
  readonly dbiResourceId: string;
  readonly instanceCreateTime: Date | undefined;
  readonly folder: string;
  traits: ClusterTraits;
  status: 'creating' | 'active' | 'retained';
  tags: readonly Tag[];
  retentionDays: number;
  backupWindow: string;
  bases: readonly BaseBackup[];
  latestRestorableTime: Date | undefined;
  /** Ends the heartbeat that moves `latestRestorableTime`, and a first backup that is under way. */
  readonly ending: AbortController;
  /** Work on the files: they stay until it has ended. */
  readonly readers: Set<Promise<unknown>>;
}

export type SnapshotStatus = 'creating' | 'available' | 'failed';

export interface Snapshot {
  readonly identifier: string;
  readonly region: string;
  readonly arn: string;
  readonly type: 'manual' | 'automated';
  readonly instanceIdentifier: string;
  readonly dbiResourceId: string;
  readonly instanceCreateTime: Date | undefined;
  readonly traits: ClusterTraits;
  readonly folder: string;
  readonly sourceRegion: string | undefined;
  readonly sourceArn: string | undefined;
  readonly backupRetentionDays: number;
  readonly backupWindow: string;
  status: SnapshotStatus;
  percentProgress: number;
  tags: readonly Tag[];
  /** Told only once the snapshot is available. */
  createTime: Date;
  originalCreateTime: Date;
  sizeBytes: number;
  /** Accounts that may restore it; `all` for everybody. */
  sharedWith: readonly string[];
  readonly port: number;
  /** Work that reads the files: they stay until it has ended. */
  readonly readers: Set<Promise<unknown>>;
}

export type ExportStatus = 'STARTING' | 'IN_PROGRESS' | 'COMPLETE' | 'FAILED' | 'CANCELING' | 'CANCELED';

export interface ExportTask {
  readonly identifier: string;
  readonly region: string;
  readonly sourceArn: string;
  readonly exportOnly: readonly string[];
  readonly snapshotTime: Date;
  readonly bucket: string;
  readonly prefix: string;
  readonly iamRoleArn: string;
  readonly kmsKeyId: string;
  readonly cancelling: AbortController;
  status: ExportStatus;
  startTime: Date;
  endTime: Date | undefined;
  percentProgress: number;
  extractedBytes: number;
  failureCause: string | undefined;
  warningMessage: string | undefined;
}

/** Everything that the control plane knows; one for each region, except that export tasks share a limit. */
export interface RegionState {
  readonly instances: Map<string, Instance>;
  readonly snapshots: Map<string, Snapshot>;
  readonly exportTasks: Map<string, ExportTask>;
  /** By resource id. */
  readonly automatedBackups: Map<string, AutomatedBackup>;
}

export function emptyRegion(): RegionState {
  return { instances: new Map(), snapshots: new Map(), exportTasks: new Map(), automatedBackups: new Map() };
}
