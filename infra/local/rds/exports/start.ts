import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { AwsFault } from '../../gateway/service.ts';
import { type Action, type RdsContext, stateOf } from '../context.ts';
import { checkExportTaskIdentifier } from '../identifiers.ts';
import { checkKmsKey } from '../kms.ts';
import { findSnapshot } from '../snapshots/find.ts';
import type { ExportTask, Snapshot } from '../state.ts';
import type { Form } from '../wire/form.ts';
import { exportFields } from './describe.ts';
import { parseExportOnly, requireObjects } from './export-only.ts';
import { runExport } from './run.ts';
import { startSnapshotServer, type ThrowAwayServer } from './snapshot-server.ts';

const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
const RUNNING: readonly ExportTask['status'][] = ['STARTING', 'IN_PROGRESS', 'CANCELING'];

export const startExportTask: Action = async (rds, { region, form }) => {
  const { exportTasks } = stateOf(rds, region);
  const identifier = checkExportTaskIdentifier(form.required('ExportTaskIdentifier'));
  const key = identifier.toLowerCase();
  if (exportTasks.has(key)) {
    throw new AwsFault('ExportTaskAlreadyExists', `The export task ${identifier} already exists.`);
  }
  const snapshot = exportableSnapshot(rds, region, form.required('SourceArn'));
  const bucket = form.required('S3BucketName');
  await requireBucket(rds, region, bucket);
  const task = describeTask(rds, form, { identifier, region, bucket, snapshot });
  const objects = parseExportOnly(task.exportOnly);
  requirePlace(rds, snapshot);
  // Looked up again, because another call with the same name may have come meanwhile.
  if (exportTasks.has(key)) {
    throw new AwsFault('ExportTaskAlreadyExists', `The export task ${identifier} already exists.`);
  }
  exportTasks.set(key, task);
  let server: ThrowAwayServer | undefined;
  if (objects.length > 0) {
    // Only the snapshot itself knows what it holds.
    try {
      server = await startSnapshotServer(rds, snapshot, rds.background.signal);
      await requireObjects(objects, server.connect);
    } catch (error) {
      exportTasks.delete(key);
      await server?.dispose();
      throw error;
    }
  }
  rds.background.run(`Export ${identifier}`, () => runExport(rds, snapshot, task, server));
  return exportFields(task);
};

function exportableSnapshot(rds: RdsContext, region: string, sourceArn: string): Snapshot {
  const snapshot = findSnapshot(rds, region, sourceArn);
  if (snapshot.region !== region) {
    throw new AwsFault('DBSnapshotNotFound', `DBSnapshot not found: ${sourceArn}`, 404);
  }
  if (snapshot.status !== 'available') {
    throw new AwsFault(
      'InvalidExportSourceState',
      `The snapshot ${snapshot.identifier} cannot be exported: its status is ${snapshot.status}.`,
    );
  }
  return snapshot;
}

async function requireBucket(rds: RdsContext, region: string, bucket: string): Promise<void> {
  try {
    await rds.s3(region).send(new HeadBucketCommand({ Bucket: bucket }));
  } catch {
    // Missing, or closed to the service: it says the same of both.
    throw new AwsFault(
      'InvalidS3BucketFault',
      `The S3 bucket ${bucket} doesn't exist, or isn't in ${region}, or can't be accessed.`,
    );
  }
}

interface TaskPlace {
  readonly identifier: string;
  readonly region: string;
  readonly bucket: string;
  readonly snapshot: Snapshot;
}

function describeTask(rds: RdsContext, form: Form, place: TaskPlace): ExportTask {
  const { snapshot, ...named } = place;
  const iamRoleArn = form.required('IamRoleArn');
  if (!ROLE_ARN.test(iamRoleArn)) {
    throw new AwsFault('IamRoleNotFound', `The IAM role ${iamRoleArn} isn't valid, or doesn't exist.`, 404);
  }
  const prefix = form.text('S3Prefix') ?? '';
  if (prefix.includes(':')) throw new AwsFault('InvalidParameterValue', 'S3Prefix must not contain a colon.');
  return {
    ...named,
    sourceArn: snapshot.arn,
    exportOnly: form.list('ExportOnly', 'member') ?? [],
    snapshotTime: snapshot.createTime,
    prefix: prefix.replace(/\/+$/, ''),
    iamRoleArn,
    kmsKeyId: checkKmsKey(rds, place.region, form.required('KmsKeyId'), true),
    cancelling: new AbortController(),
    status: 'STARTING',
    startTime: new Date(),
    endTime: undefined,
    percentProgress: 0,
    extractedBytes: 0,
    failureCause: undefined,
    warningMessage: undefined,
  };
}

/** Five at once in the account, and one of a snapshot. */
function requirePlace(rds: RdsContext, snapshot: Snapshot): void {
  const all = [...rds.regions.values()].flatMap(({ exportTasks }) => [...exportTasks.values()]);
  const running = all.filter(({ status }) => RUNNING.includes(status));
  if (running.length >= rds.quotas.runningExports) {
    throw new AwsFault(
      'ExportTaskLimitReachedFault',
      `You have reached the limit of ${rds.quotas.runningExports} concurrent export tasks.`,
    );
  }
  if (running.some(({ sourceArn }) => sourceArn === snapshot.arn)) {
    throw new AwsFault(
      'InvalidExportSourceState',
      `The snapshot ${snapshot.identifier} is being exported already.`,
    );
  }
}
