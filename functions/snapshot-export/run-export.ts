import { StartExportTaskCommand } from '@aws-sdk/client-rds';
import { hasName } from '../../shared/aws/errors.ts';
import { explainAwsError, explained } from '../../shared/aws/explain.ts';
import { exportsPrefix } from '../../shared/config/names.ts';
import { describeHours } from '../../shared/job/durations.ts';
import { PreconditionError, ServiceError } from '../../shared/job/errors.ts';
import { databaseOf } from '../../shared/postgres/connect-job.ts';
import { type ExportTaskFact, failedExportStatuses } from './facts.ts';
import type { SnapshotExportJob } from './job.ts';
import { exportScope } from './plan.ts';
import { countRunningExports, readExportTask } from './read.ts';

/** RDS runs five exports at once in an account and region, and one of a snapshot. */
const places = 5;

export interface ExportOrder {
  readonly exportId: string;
  readonly snapshotArn: string;
}

/** Waits for a free place, then starts the export; one of this name that is there already is adopted. */
export async function startExport(job: SnapshotExportJob, order: ExportOrder): Promise<void> {
  const { polling, patience } = job.request.settings;
  const task = await job.watch<ExportTaskFact | null>('start the export', {
    look: () => tryToStart(job, order),
    done: (started) => started !== null,
    everySeconds: polling.placeSeconds,
    forHours: patience.placeHours,
    gaveUp: () =>
      `No place for the export ${order.exportId} came free in ${describeHours(patience.placeHours)}: RDS runs ${places} exports at once in an account, and one of a snapshot. See \`aws rds describe-export-tasks\` for one that hangs; the snapshot is kept, and the next start of this slot goes on with it.`,
  });
  if (!task) return;
  refuseStranger(job, task, order);
  refuseOtherTables(job, task);
}

async function tryToStart(job: SnapshotExportJob, order: ExportOrder): Promise<ExportTaskFact | null> {
  const { rds } = job.extra;
  const describe = () =>
    explained(`Describing the export ${order.exportId}`, () => readExportTask(rds, order.exportId));
  const present = await describe();
  if (present) return present;
  const running = await explained('Counting the exports under way', () => countRunningExports(rds));
  if (running >= places) {
    job.log.info('Every place for an export is taken', { running });
    return null;
  }
  if (!(await requestExport(job, order))) return null;
  return (await describe()) ?? null;
}

/** False where the service has no place just now. */
async function requestExport(
  job: SnapshotExportJob,
  { exportId, snapshotArn }: ExportOrder,
): Promise<boolean> {
  const { names, request } = job;
  try {
    await job.extra.rds.send(
      new StartExportTaskCommand({
        ExportTaskIdentifier: exportId,
        SourceArn: snapshotArn,
        S3BucketName: names.backupBucket,
        S3Prefix: exportsPrefix,
        IamRoleArn: names.exportTaskRoleArn,
        KmsKeyId: names.keyId,
        ExportOnly: exportScope(databaseOf(job).databaseName, request.tables),
      }),
    );
    job.log.info('Export started', { export: exportId });
    return true;
  } catch (error) {
    if (hasName(error, 'ExportTaskAlreadyExistsFault')) return true;
    if (hasName(error, 'ExportTaskLimitReachedFault', 'ExportTaskLimitReached', 'LimitExceededException'))
      return false;
    if (hasName(error, 'InvalidExportSourceStateFault') && (await isBeingExported(job, snapshotArn)))
      return false;
    throw explainAwsError(`Starting the export ${exportId}`, error);
  }
}

/** Of one snapshot one export at a time: somebody else's is waited for. */
async function isBeingExported(job: SnapshotExportJob, snapshotArn: string): Promise<boolean> {
  const running = await explained('Looking for another export of the snapshot', () =>
    countRunningExports(job.extra.rds, snapshotArn),
  );
  return running > 0;
}

function refuseStranger(job: SnapshotExportJob, task: ExportTaskFact, order: ExportOrder): void {
  const same = task.sourceArn === order.snapshotArn && task.bucket === job.names.backupBucket;
  if (same) return;
  throw new PreconditionError(
    `An export named ${task.identifier} exists, and is of ${task.sourceArn} into ${task.bucket}, not of ${order.snapshotArn} into ${job.names.backupBucket}. ${anotherLabel}`,
  );
}

const anotherLabel = 'Names of exports cannot be used again: start this run with another label.';

/** One of other tables would be judged by what this run was asked for. */
function refuseOtherTables(job: SnapshotExportJob, task: ExportTaskFact): void {
  const wanted = exportScope(databaseOf(job).databaseName, job.request.tables);
  if (sameSet(wanted, task.exportOnly)) return;
  throw new PreconditionError(
    `An export named ${task.identifier} exists and exports ${inWords(task.exportOnly)}, not ${inWords(wanted)}. ${anotherLabel}`,
  );
}

function sameSet(one: readonly string[], other: readonly string[]): boolean {
  const [first, second] = [new Set(one), new Set(other)];
  return first.size === second.size && [...first].every((each) => second.has(each));
}

function inWords(scope: readonly string[]): string {
  if (scope.length === 0) return 'everything';
  const more = scope.length - 10;
  return scope.slice(0, 10).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Follows the export to its end. Throws ServiceError, with the service's own cause, where it fails. */
export async function waitForExport(job: SnapshotExportJob, exportId: string): Promise<ExportTaskFact> {
  const { polling, patience } = job.request.settings;
  const task = await job.watch<ExportTaskFact | null>('wait for the export', {
    look: () => lookAtExport(job, exportId),
    done: (seen) =>
      seen !== null && (seen.status === 'COMPLETE' || failedExportStatuses.includes(seen.status)),
    everySeconds: polling.exportSeconds,
    forHours: patience.exportHours,
    gaveUp: (last) =>
      `The export ${exportId} was still ${last?.status ?? 'not to be seen'} at ${last?.progressPercent ?? 0}% after ${describeHours(patience.exportHours)}. It goes on by itself; a later start of this slot adopts it, and \`aws rds cancel-export-task\` ends it.`,
  });
  if (task?.status === 'COMPLETE') return task;
  const cause = task?.failureCause ? ` RDS says: ${task.failureCause}` : '';
  throw new ServiceError(
    `The export ${exportId} ended as ${task?.status ?? 'unknown'}.${cause} Mend the cause; the next start of this slot exports the same snapshot again under another name.`,
  );
}

async function lookAtExport(job: SnapshotExportJob, exportId: string): Promise<ExportTaskFact | null> {
  const task = await explained(`Describing the export ${exportId}`, () =>
    readExportTask(job.extra.rds, exportId),
  );
  if (task) job.log.info('Export', { export: exportId, status: task.status, percent: task.progressPercent });
  return task ?? null;
}
