import type { SNSClient } from '@aws-sdk/client-sns';
import type { Alert } from '../../shared/alarm/alert.ts';
import type { PageContext } from '../../shared/alarm/page.ts';
import type { AlarmsConfig } from '../../shared/config/schema.ts';
import type { AlarmTable } from './alarm-table.ts';
import type { DigestName } from './digest-name.ts';

/** What the ways of an alarm need: one batch's hands. */
export interface Fanout {
  readonly stage: string;
  readonly config: AlarmsConfig;
  readonly table: AlarmTable;
  readonly sns: SNSClient;
  readonly pageTopicArn: string;
  readonly now: () => Date;
  /** How long this invocation may go on. */
  readonly remainingMs: () => number;
  /** Orders the closing of a digest; once in a batch is enough. */
  closeLater(digest: DigestName, seconds: number): Promise<void>;
  /** What can be found out about an alarm in the little time that there is; null where nothing is asked. */
  findContext(alert: Alert): Promise<PageContext | null>;
}
