import { DescribeDBSnapshotsCommand, DescribeExportTasksCommand } from '@aws-sdk/client-rds';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { JobStage } from './job-stage.ts';

/** Everything that a slot has left behind, as AWS tells it. */
export async function madeFor({ clients, second, names }: JobStage, slot: string) {
  const carries = (tags: readonly { Key?: string; Value?: string }[] = []) =>
    tags.some(({ Key, Value }) => Key === 'nightshift:slot' && Value === slot);
  const own = await clients.rds.send(new DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }));
  const copied = await second.rds.send(new DescribeDBSnapshotsCommand({ SnapshotType: 'manual' }));
  const tasks = await clients.rds.send(new DescribeExportTasksCommand({}));
  const keys = await listKeys(clients.s3, names.backupBucket);
  return {
    snapshots: (own.DBSnapshots ?? []).filter(({ TagList }) => carries(TagList)),
    copies: (copied.DBSnapshots ?? []).filter(({ TagList }) => carries(TagList)),
    exports: (tasks.ExportTasks ?? []).filter(({ ExportTaskIdentifier }) =>
      ExportTaskIdentifier?.includes(slot),
    ),
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
  const page = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  return (page.Contents ?? []).map(({ Key }) => Key ?? '');
}

export async function readObject({ clients, names }: JobStage, key: string): Promise<string> {
  const answer = await clients.s3.send(new GetObjectCommand({ Bucket: names.backupBucket, Key: key }));
  return (await answer.Body?.transformToString()) ?? '';
}
