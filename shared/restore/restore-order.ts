/** What is restored: a snapshot of the region, or a moment of the source's own backups. */
export type RestoreFrom =
  | { readonly kind: 'snapshot'; readonly identifier: string }
  | {
      readonly kind: 'time';
      readonly time: string;
      readonly sourceInstance: string;
      /** Of a source that is gone: its retained backups; null where it is there. */
      readonly automatedBackupsArn: string | null;
    };

/** How the restored instance is made; null leaves it to RDS. */
export interface RestoredShape {
  readonly instanceClass: string | null;
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
}

export interface RestoreOrder {
  /** Of the new instance. */
  readonly identifier: string;
  readonly from: RestoreFrom;
  readonly shape: RestoredShape;
  readonly tags: Readonly<Record<string, string>>;
}
