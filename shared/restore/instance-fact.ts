import type { Address } from '../postgres/address.ts';

/** An instance as RDS describes it, as plain values, times in ISO 8601 UTC, so that it survives a checkpoint. */
export interface InstanceFact {
  readonly identifier: string;
  readonly status: string;
  /** Null while RDS still makes it. */
  readonly address: Address | null;
  readonly resourceId: string;
  readonly engineVersion: string;
  readonly instanceClass: string;
  readonly allocatedGiB: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly subnetGroup: string | null;
  readonly securityGroupIds: readonly string[];
  readonly parameterGroup: string | null;
  readonly optionGroup: string | null;
  readonly backupRetentionDays: number;
  readonly backupWindow: string | null;
  readonly multiAz: boolean;
  readonly publiclyAccessible: boolean;
  readonly deletionProtection: boolean;
  readonly iamAuthentication: boolean;
  readonly copyTagsToSnapshot: boolean;
  readonly autoMinorVersionUpgrade: boolean;
  readonly exportedLogs: readonly string[];
  readonly latestRestorableTime: string | null;
}
