import { type DBInstance, DescribeDBInstancesCommand, type RDSClient } from '@aws-sdk/client-rds';
import type { DrillRunReport } from '../../functions/restore-drill/report.ts';
import type { JobStage, RestoreDrillResult } from './job-stage.ts';
import { listKeys, readObject } from './made.ts';

export const source = 'menotime-demo';

/** The event that Scheduler sends for a drill. */
export function scheduledDrill(day: string) {
  return { trigger: 'schedule', database: 'menotime', scheduledTime: `${day}T07:00:00Z` };
}

/** Every instance besides the source, in the client's region. */
export async function restoredInstances(rds: RDSClient): Promise<DBInstance[]> {
  const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({}));
  return DBInstances.filter(({ DBInstanceIdentifier }) => DBInstanceIdentifier !== source);
}

export async function restoredNames(rds: RDSClient): Promise<string[]> {
  return (await restoredInstances(rds)).map(({ DBInstanceIdentifier }) => DBInstanceIdentifier ?? '');
}

/** The report of a drill that was done. */
export function reportOf(result: RestoreDrillResult): DrillRunReport {
  const report = result.kind === 'done' ? result.record.report : undefined;
  if (!report || report.kind === 'plan') throw new Error(`No drill was done: ${JSON.stringify(result)}`);
  return report;
}

/** What a drill that must fail threw, and the report that its record keeps of it. */
export async function failingDrill(stage: JobStage, event: object, slot: string) {
  const error = await stage.drill(event).then(
    (result) => Promise.reject(new Error(`The drill should have failed: ${JSON.stringify(result)}`)),
    (thrown: Error) => thrown,
  );
  const prefix = `runs/restore-drill/menotime/${slot}`;
  const keys = await listKeys(stage.clients.s3, stage.names.backupBucket, prefix);
  const [key = ''] = keys.filter((each) => each.includes('.failed-'));
  const record = key === '' ? undefined : JSON.parse(await readObject(stage, key));
  return { error, keys, record, report: record?.report as DrillRunReport | undefined };
}

/** How often RDS did what a call of that name asks for. */
export function done({ stack }: JobStage, action: string, from = 0): number {
  return stack.gateway.calls.slice(from).filter((call) => call.action === action && call.status === 200)
    .length;
}
