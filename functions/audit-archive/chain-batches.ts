import type { S3Client } from '@aws-sdk/client-s3';
import type { Client } from 'pg';
import {
  type ArchiveManifest,
  type ListedBatch,
  listedColumns,
} from '../../shared/archive/archive-manifest.ts';
import { readText } from '../../shared/aws/objects.ts';
import { NightshiftError } from '../../shared/job/errors.ts';
import { appendManifest, type Manifest, type ManifestReference } from '../../shared/job/manifest-chain.ts';
import type { AuditArchiveJob } from './job.ts';
import { jobName } from './plan.ts';

type Chaining = Pick<AuditArchiveJob, 'aws' | 'names' | 'request'>;

/** A manifest stays readable; what is left goes into the next one. */
const mostInOne = 10_000;

/**
 * Names every batch that no manifest names yet in the next link of the chain, also those of runs that failed. Answers
 * the newest link, or null where there was nothing to name. A second run of the slot finds its first link and goes on
 * behind it; who is killed between writing a link and noting it leaves batches that are named once more.
 */
export async function chainBatches(
  { aws: { s3 }, names: { backupBucket: bucket }, request: { database, slot } }: Chaining,
  client: Client,
): Promise<ManifestReference | null> {
  const notBefore = await beginningOf(client, slot);
  let newest: ManifestReference | null = null;
  for (let part = 1; ; part += 1) {
    const batches = await unlistedBatches(client);
    if (batches.length === 0) return newest;
    newest = await appendManifest<ArchiveManifest>(s3, {
      bucket,
      job: jobName,
      database,
      slot: part === 1 ? slot : `${slot}.${part}`,
      notBefore,
      body: { batches },
    });
    await noteLink(client, newest, await listedIn(s3, bucket, newest));
  }
}

/** When the slot's first run began: no link of the slot is older. */
async function beginningOf(client: Client, slot: string): Promise<Date> {
  const { rows } = await client.query<{ at: Date | null }>(
    'SELECT min(started_at) AS at FROM nightshift.archive_runs WHERE slot = $1',
    [slot],
  );
  return rows[0]?.at ?? new Date(0);
}

async function unlistedBatches(client: Client): Promise<ListedBatch[]> {
  const { rows } = await client.query<ListedBatch>(
    /* sql */ `SELECT ${listedColumns} FROM nightshift.archive_batches WHERE manifest_sequence IS NULL ORDER BY id LIMIT $1`,
    [mostInOne],
  );
  return rows;
}

/** What the link names: perhaps not what we would have written, where an earlier run of the slot was first. */
async function listedIn(
  s3: S3Client,
  bucket: string,
  { key }: ManifestReference,
): Promise<readonly ListedBatch[]> {
  const text = await readText(s3, { bucket, key });
  if (text === undefined) throw new NightshiftError(`s3://${bucket}/${key} was written and cannot be read.`);
  return (JSON.parse(text) as Manifest<ArchiveManifest>).body.batches;
}

/** By id and key: a ledger that was restored to an earlier time gives ids out again, for other files. */
async function noteLink(client: Client, { sequence }: ManifestReference, listed: readonly ListedBatch[]) {
  await client.query(
    /* sql */ `UPDATE nightshift.archive_batches b SET manifest_sequence = $1
                 FROM unnest($2::bigint[], $3::text[]) AS listed (id, key)
                WHERE b.id = listed.id AND b.object_key IS NOT DISTINCT FROM listed.key AND b.manifest_sequence IS NULL`,
    [sequence, listed.map(({ id }) => id), listed.map(({ key }) => key)],
  );
}
