import { DescribeExportTasksCommand, type ExportTask, type RDSClient } from '@aws-sdk/client-rds';
import { hasName } from '../../shared/aws/errors.ts';
import type { ExportTaskFact } from './facts.ts';

/** One export task as it is now, or undefined where there is none of that name. */
export async function readExportTask(
  rds: RDSClient,
  identifier: string,
): Promise<ExportTaskFact | undefined> {
  try {
    const { ExportTasks } = await rds.send(
      new DescribeExportTasksCommand({ ExportTaskIdentifier: identifier }),
    );
    const [task] = ExportTasks ?? [];
    return task ? toExportTaskFact(task) : undefined;
  } catch (error) {
    if (hasName(error, 'ExportTaskNotFoundFault')) return undefined;
    throw error;
  }
}

function toExportTaskFact(task: ExportTask): ExportTaskFact {
  return {
    identifier: task.ExportTaskIdentifier ?? '',
    sourceArn: task.SourceArn ?? '',
    status: task.Status ?? 'unknown',
    progressPercent: task.PercentProgress ?? 0,
    extractedGB: task.TotalExtractedDataInGB ?? 0,
    exportOnly: task.ExportOnly ?? [],
    bucket: task.S3Bucket ?? '',
    snapshotTime: task.SnapshotTime?.toISOString() ?? null,
    startedAt: task.TaskStartTime?.toISOString() ?? null,
    endedAt: task.TaskEndTime?.toISOString() ?? null,
    failureCause: task.FailureCause ?? null,
    warning: task.WarningMessage ?? null,
  };
}

/** How many exports of the account, or of one snapshot, keep a place at this moment. */
export async function countRunningExports(rds: RDSClient, sourceArn?: string): Promise<number> {
  let running = 0;
  let marker: string | undefined;
  do {
    const page = await rds.send(
      new DescribeExportTasksCommand({
        SourceArn: sourceArn,
        Filters: [{ Name: 'status', Values: ['starting', 'in_progress', 'canceling'] }],
        Marker: marker,
      }),
    );
    running += page.ExportTasks?.length ?? 0;
    marker = page.Marker;
  } while (marker);
  return running;
}
