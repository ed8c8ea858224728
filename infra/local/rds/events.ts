/** An event as EventBridge delivers it; see "aws.rds" in AWS's RDS event reference. */
export interface RdsEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'RDS DB Snapshot Event' | 'RDS DB Instance Event';
  readonly source: 'aws.rds';
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: {
    readonly EventCategories: readonly string[];
    readonly SourceType: 'SNAPSHOT' | 'DB_INSTANCE';
    readonly SourceArn: string;
    readonly Date: string;
    readonly SourceIdentifier: string;
    readonly Message: string;
    readonly EventID: string;
  };
}

export type EmitRdsEvent = (event: RdsEvent) => void;
