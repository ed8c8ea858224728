/** What AWS says of a snapshot, as plain values, times in ISO 8601 UTC, so that they survive a checkpoint. */
export interface SnapshotFact {
  readonly identifier: string;
  readonly arn: string;
  readonly instance: string;
  readonly status: string;
  /** `automated`, `manual`, `awsbackup`, … */
  readonly type: string;
  /** When the snapshot was begun, also in a copy; null until it is available. */
  readonly createdAt: string | null;
  readonly progressPercent: number;
  readonly allocatedGiB: number;
  readonly encrypted: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

export interface CopyFact extends SnapshotFact {
  readonly sourceArn: string;
}

/** `arn:aws:rds:us-west-1:111122223333:snapshot:rds:menotime-2026-01-02-03-36` -> `rds:menotime-2026-01-02-03-36` */
export function identifierOfArn(arn: string): string {
  return arn.split(':').slice(6).join(':');
}
