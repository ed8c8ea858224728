import { AwsFault } from '../../gateway/service.ts';
import { type Action, type RdsContext, stateOf } from '../context.ts';
import type { ExportTask } from '../state.ts';
import { applyFilters, type FilterFields } from '../wire/filters.ts';
import { paginate } from '../wire/pagination.ts';
import type { XmlObject } from '../wire/xml.ts';

const FILTERS: FilterFields<ExportTask> = {
  'export-task-identifier': ({ identifier }) => [identifier],
  's3-bucket': ({ bucket }) => [bucket],
  'source-arn': ({ sourceArn }) => [sourceArn],
  // The service takes lower case here, and answers in upper case.
  status: ({ status }) => [status.toLowerCase()],
};

export const describeExportTasks: Action = (rds, { region, form }) => {
  const named = form.text('ExportTaskIdentifier');
  const tasks = named ? [findExportTask(rds, region, named)] : [...stateOf(rds, region).exportTasks.values()];
  const source = form.text('SourceArn');
  const ofSource = tasks.filter(({ sourceArn }) => !source || sourceArn === source);
  const page = paginate(
    applyFilters(ofSource, form.filters(), FILTERS),
    form,
    ({ identifier }) => identifier,
  );
  return { ExportTasks: page.items.map(exportFields), Marker: page.marker };
};

/** Throws `ExportTaskNotFound`. */
export function findExportTask(rds: RdsContext, region: string, identifier: string): ExportTask {
  const task = stateOf(rds, region).exportTasks.get(identifier.toLowerCase());
  if (!task) throw new AwsFault('ExportTaskNotFound', `ExportTask ${identifier} not found.`, 404);
  return task;
}

/** The fields of the service's `ExportTask`. */
export function exportFields(task: ExportTask): XmlObject {
  return {
    ExportTaskIdentifier: task.identifier,
    SourceArn: task.sourceArn,
    SourceType: 'SNAPSHOT',
    ExportOnly: task.exportOnly.length > 0 ? task.exportOnly : undefined,
    SnapshotTime: task.snapshotTime,
    TaskStartTime: task.status === 'STARTING' ? undefined : task.startTime,
    TaskEndTime: task.endTime,
    S3Bucket: task.bucket,
    S3Prefix: task.prefix || undefined,
    IamRoleArn: task.iamRoleArn,
    KmsKeyId: task.kmsKeyId,
    Status: task.status,
    PercentProgress: task.percentProgress,
    // Whole gigabytes: a small database has 0.
    TotalExtractedDataInGB: Math.floor(task.extractedBytes / 1e9),
    FailureCause: task.failureCause,
    WarningMessage: task.warningMessage,
  };
}
