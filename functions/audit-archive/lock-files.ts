import { PutObjectRetentionCommand } from '@aws-sdk/client-s3';
import type { Client } from 'pg';
import { explained } from '../../shared/aws/explain.ts';
import type { ArchiveContext } from './archive-context.ts';
import type { ArchivePolicy } from './policy.ts';

const dayMs = 86_400_000;

interface UnlockedFile {
  readonly id: string;
  readonly key: string;
  readonly committedAt: Date;
}

/**
 * Sets Object Lock on the files of committed batches that have none yet: also on those of a run that was killed
 * between commit and lock. Never earlier, since a locked file of a batch that is rolled back could not be swept.
 */
export async function lockFiles(
  { s3, bucket }: ArchiveContext,
  client: Client,
  { name, to }: Pick<ArchivePolicy, 'name' | 'to'>,
): Promise<void> {
  if (to.kind !== 's3' || !to.objectLock) return;
  const { mode, days } = to.objectLock;
  for (const { id, key, committedAt } of await unlockedFiles(client, bucket, name)) {
    const until = new Date(committedAt.getTime() + days * dayMs);
    // S3 takes no date that has passed: what was archived long before the policy said so needs no lock any more.
    if (until > new Date()) {
      await explained(`Locking s3://${bucket}/${key} until ${until.toISOString()}`, () =>
        s3.send(
          new PutObjectRetentionCommand({
            Bucket: bucket,
            Key: key,
            Retention: { Mode: mode, RetainUntilDate: until },
            ChecksumAlgorithm: 'SHA256',
          }),
        ),
      );
    }
    await client.query(
      'UPDATE nightshift.archive_batches SET locked_at = clock_timestamp(), locked_until = $2 WHERE id = $1',
      [id, until],
    );
  }
}

async function unlockedFiles(client: Client, bucket: string, policy: string): Promise<UnlockedFile[]> {
  const { rows } = await client.query<UnlockedFile>(
    /* sql */ `SELECT id::text, object_key AS key, committed_at AS "committedAt" FROM nightshift.archive_batches
                WHERE policy = $1 AND bucket = $2 AND destination = 's3' AND locked_at IS NULL ORDER BY id`,
    [policy, bucket],
  );
  return rows;
}
