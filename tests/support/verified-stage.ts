import { CreateDBSnapshotCommand } from '@aws-sdk/client-rds';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { VerifyReport } from '../../functions/backup-verify/report.ts';
import type { Instance, RegionState, Snapshot } from '../../infra/local/rds/state.ts';
import { type RunRecord, runRecordKey } from '../../shared/job/run-record.ts';
import { drillJobName } from '../../shared/verify/drill-report.ts';
import type { Finding } from '../../shared/verify/finding.ts';
import { source } from './drills.ts';
import { type BackupVerifyResult, type JobStage, scheduled, startJobStage } from './job-stage.ts';

/** What the local RDS knows of a region. */
export function regionOf({ stack }: JobStage, region = 'us-west-1'): RegionState {
  const found = stack.rds.regions.get(region);
  if (!found) throw new Error(`The stage has no region ${region}.`);
  return found;
}

export function sourceOf(stage: JobStage): Instance {
  const found = regionOf(stage).instances.get(source);
  if (!found) throw new Error(`The stage has no instance ${source}.`);
  return found;
}

/** Snapshots like one that was really taken, which holds the files of none of them. */
export function addSnapshots(
  region: RegionState,
  like: Snapshot,
  changes: readonly Partial<Snapshot>[],
): void {
  for (const change of changes) {
    const snapshot = { ...like, ...change, readers: new Set<Promise<unknown>>() };
    region.snapshots.set(snapshot.identifier, snapshot);
  }
}

/** As a drill that succeeded just now would have left it: a day ago the instance was not there yet. */
export async function recordDrill(stage: JobStage, change: Partial<RunRecord> = {}): Promise<void> {
  const at = new Date().toISOString();
  const record: RunRecord = {
    version: 1,
    job: drillJobName,
    stage: 'demo',
    database: 'menotime',
    slot: at.slice(0, 10),
    trigger: 'by its schedule',
    status: 'succeeded',
    startedAt: at,
    endedAt: at,
    executionArn: 'arn',
    report: {
      kind: 'drill',
      instance: 'nightshift-drill-demo-menotime',
      snapshot: 'rds:menotime-demo-drilled',
      restoredTo: at,
      recoverySeconds: 95,
      recoveryTimeMinutes: 10,
      findings: [],
    },
    ...change,
  };
  await stage.clients.s3.send(
    new PutObjectCommand({
      Bucket: stage.names.backupBucket,
      Key: runRecordKey(record),
      Body: JSON.stringify(record),
    }),
  );
}

/** The report of checks that were made, whatever they found. */
export function reportOf(result: BackupVerifyResult): VerifyReport {
  if (result.kind === 'planned') return result.report;
  const report = result.kind === 'done' ? result.record.report : undefined;
  if (!report) throw new Error(`Nothing was checked: ${JSON.stringify(result)}`);
  return report;
}

/** All that did not pass, in short. */
export function notPassed({ findings }: Pick<VerifyReport, 'findings'>): string[] {
  return findings.filter(isBad).map(({ status, check }) => `${status} ${check}`);
}

function isBad({ status }: Finding): boolean {
  return status === 'fail' || status === 'warn';
}

export const tonight = new Date().toISOString().slice(0, 10);

/** A night is exported and copied, RDS has made its own snapshot, a person another, and a drill has succeeded. */
export async function startVerifiedStage(): Promise<JobStage> {
  // The latest restorable time moves when a test moves it.
  const stage = await startJobStage({ delays: { archiving: 3_600_000 } });
  try {
    await stage.stack.rds.takeAutomatedSnapshot(source);
    await stage.run(scheduled(tonight));
    await stage.clients.rds.send(
      new CreateDBSnapshotCommand({ DBInstanceIdentifier: source, DBSnapshotIdentifier: 'pre-v2' }),
    );
    await recordDrill(stage);
    return stage;
  } catch (error) {
    await stage.stop();
    throw error;
  }
}

/** The snapshot that RDS has made. */
export function automatedOf(stage: JobStage): Snapshot {
  const found = [...regionOf(stage).snapshots.values()].find(({ type }) => type === 'automated');
  if (!found) throw new Error('RDS has made no snapshot.');
  return found;
}

/** A dry run makes the same checks, and leaves nothing for the next. */
export async function look(stage: JobStage): Promise<VerifyReport> {
  return reportOf(await stage.verify({ database: 'menotime', dryRun: true }));
}
