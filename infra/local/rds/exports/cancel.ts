import { AwsFault } from '../../gateway/service.ts';
import type { Action } from '../context.ts';
import { exportFields, findExportTask } from './describe.ts';

/** Only a task that has not ended can be cancelled; files that it wrote remain. */
export const cancelExportTask: Action = (rds, { region, form }) => {
  const task = findExportTask(rds, region, form.required('ExportTaskIdentifier'));
  if (task.status !== 'STARTING' && task.status !== 'IN_PROGRESS') {
    throw new AwsFault(
      'InvalidExportTaskStateFault',
      `The export task ${task.identifier} cannot be canceled: its status is ${task.status}.`,
    );
  }
  task.status = 'CANCELING';
  task.cancelling.abort();
  return exportFields(task);
};
