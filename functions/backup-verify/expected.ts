import type { BackupVerifyConfig } from '../../shared/config/schema.ts';

/** What one database's backups are held against, as the config says it. */
export interface Expected {
  /** The RDS instance's identifier. */
  readonly instance: string;
  readonly region: string;
  readonly account: string;
  readonly settings: BackupVerifyConfig;
  /** Where copies of its snapshots go; null where none are made. */
  readonly copyTo: { readonly region: string; readonly kmsKeyId?: string | undefined } | null;
  /** Whether its snapshots are exported. */
  readonly isExported: boolean;
  /** Whether restore drills are configured. */
  readonly isDrilled: boolean;
}
