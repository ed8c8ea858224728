import {
  type DBSnapshot,
  type ExportTask,
  paginateDescribeDBSnapshots,
  paginateDescribeExportTasks,
  type RDSClient,
} from '@aws-sdk/client-rds';
import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { JobStage } from './job-stage.ts';

/** Everything that a slot has left behind, as AWS tells it. */
export async function madeFor({ clients, second, names }: JobStage, slot: string) {
  const carries = (tags: readonly { Key?: string; Value?: string }[] = []) =>
    tags.some(({ Key, Value }) => Key === 'nightshift:slot' && Value === slot);
  const own = await manualSnapshots(clients.rds);
  const copied = await manualSnapshots(second.rds);
  const tasks = await exportTasks(clients.rds);
  const keys = await listKeys(clients.s3, names.backupBucket);
  return {
    snapshots: own.filter(({ TagList }) => carries(TagList)),
    copies: copied.filter(({ TagList }) => carries(TagList)),
    exports: tasks.filter(({ ExportTaskIdentifier }) => ExportTaskIdentifier?.includes(slot)),
    successes: keys.filter((key) => key === `runs/snapshot-export/menotime/${slot}.json`),
    failures: keys.filter((key) => key.startsWith(`runs/snapshot-export/menotime/${slot}.failed-`)),
    manifests: keys.filter((key) => key.startsWith('manifests/')),
    keys,
  };
}

export async function listKeys(
  s3: JobStage['clients']['s3'],
  bucket: string,
  prefix = '',
): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
  }
  return keys;
}

export async function readObject({ clients, names }: JobStage, key: string): Promise<string> {
  const answer = await clients.s3.send(new GetObjectCommand({ Bucket: names.backupBucket, Key: key }));
  return (await answer.Body?.transformToString()) ?? '';
}

async function manualSnapshots(client: RDSClient): Promise<DBSnapshot[]> {
  const snapshots: DBSnapshot[] = [];
  for await (const page of paginateDescribeDBSnapshots({ client }, { SnapshotType: 'manual' })) {
    snapshots.push(...(page.DBSnapshots ?? []));
  }
  return snapshots;
}

async function exportTasks(client: RDSClient): Promise<ExportTask[]> {
  const tasks: ExportTask[] = [];
  for await (const page of paginateDescribeExportTasks({ client }, {})) {
    tasks.push(...(page.ExportTasks ?? []));
  }
  return tasks;
}
