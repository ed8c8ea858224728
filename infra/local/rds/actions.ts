import { describeAccountAttributes } from './account-attributes.ts';
import type { Action } from './context.ts';
import { describeEvents } from './describe-events.ts';
import { cancelExportTask } from './exports/cancel.ts';
import { describeExportTasks } from './exports/describe.ts';
import { startExportTask } from './exports/start.ts';
import {
  describeDBParameterGroups,
  describeDBParameters,
  describeDBSubnetGroups,
} from './groups/describe.ts';
import { deleteDBInstance } from './instances/delete.ts';
import { describeDBInstances } from './instances/describe.ts';
import { describeDBInstanceAutomatedBackups } from './instances/describe-automated-backups.ts';
import { modifyDBInstance } from './instances/modify.ts';
import { restoreDBInstanceFromDBSnapshot } from './instances/restore-from-snapshot.ts';
import { restoreDBInstanceToPointInTime } from './instances/restore-to-time.ts';
import { copyDBSnapshot } from './snapshots/copy.ts';
import { createDBSnapshot } from './snapshots/create.ts';
import { deleteDBSnapshot } from './snapshots/delete.ts';
import { describeDBSnapshots } from './snapshots/describe.ts';
import { describeDBSnapshotAttributes, modifyDBSnapshotAttribute } from './snapshots/sharing.ts';
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from './tag-actions.ts';

/** What the local RDS answers; every other action is an `InvalidAction`. */
export const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['AddTagsToResource', addTagsToResource],
  ['CancelExportTask', cancelExportTask],
  ['CopyDBSnapshot', copyDBSnapshot],
  ['CreateDBSnapshot', createDBSnapshot],
  ['DeleteDBInstance', deleteDBInstance],
  ['DeleteDBSnapshot', deleteDBSnapshot],
  ['DescribeAccountAttributes', describeAccountAttributes],
  ['DescribeDBInstanceAutomatedBackups', describeDBInstanceAutomatedBackups],
  ['DescribeDBInstances', describeDBInstances],
  ['DescribeDBParameterGroups', describeDBParameterGroups],
  ['DescribeDBParameters', describeDBParameters],
  ['DescribeDBSubnetGroups', describeDBSubnetGroups],
  ['DescribeDBSnapshotAttributes', describeDBSnapshotAttributes],
  ['DescribeDBSnapshots', describeDBSnapshots],
  ['DescribeEvents', describeEvents],
  ['DescribeExportTasks', describeExportTasks],
  ['ListTagsForResource', listTagsForResource],
  ['ModifyDBInstance', modifyDBInstance],
  ['ModifyDBSnapshotAttribute', modifyDBSnapshotAttribute],
  ['RemoveTagsFromResource', removeTagsFromResource],
  ['RestoreDBInstanceFromDBSnapshot', restoreDBInstanceFromDBSnapshot],
  ['RestoreDBInstanceToPointInTime', restoreDBInstanceToPointInTime],
  ['StartExportTask', startExportTask],
]);
