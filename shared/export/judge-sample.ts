import type { S3Client } from '@aws-sdk/client-s3';
import { mapAtOnce } from '../job/at-once.ts';
import { counted } from '../verify/counted.ts';
import type { Finding } from '../verify/finding.ts';
import type { ExportManifest } from './export-manifest.ts';
import { inWords } from './keys-in-words.ts';
import { type Sample, type SampledFile, sampleRowGroups } from './sample-row-groups.ts';
import { readStoredChecksum } from './stored-checksum.ts';

const check = 'export sample';
const headsAtOnce = 16;

/** A look at an export each day costs next to nothing; reading all of it is another command. */
const leastSampleBytes = 4 * 2 ** 20;
const sampledShare = 0.004;

const advice =
  'Run `nightshift backup verify --full`, which reads every file to its last value, and export the snapshot again under a label if it is still there.';

/** Decodes row groups chosen at random, and asks S3 for the checksums of their files. */
export async function judgeSample(
  where: { readonly s3: S3Client; readonly bucket: string },
  manifest: ExportManifest,
  readable: readonly SampledFile[],
  count: number,
): Promise<Finding[]> {
  if (count === 0 || readable.length === 0) return [];
  const bytes = readable.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const maxBytes = Math.max(leastSampleBytes, bytes * sampledShare);
  const sample = await sampleRowGroups(where, readable, { rowGroups: count, maxBytes });
  return [tellSample(sample), await judgeChecksums(where, manifest, sample.keys)];
}

function tellSample({ rowGroups, decoded, columns, sizeBytes, damaged, keys }: Sample): Finding {
  const limit = 'decodes to its last value';
  const read = `${decoded} of ${columns} columns of ${counted(rowGroups, 'row group')}, chosen at random in ${counted(keys.length, 'file')}`;
  if (damaged.length === 0 && decoded === 0) {
    const fact = `${read}, could be decoded within what a look each day may read: no value was seen.`;
    const more = 'To read every file to its last value: `nightshift backup verify --full`.';
    return { check, status: 'no baseline', fact, limit, advice: more };
  }
  if (damaged.length === 0) {
    const fact = `${read}, were decoded to their last value (${sizeBytes} bytes).`;
    return { check, status: 'pass', fact, limit, advice: null };
  }
  const faults = damaged.map(({ key, fault }) => `${key}, ${fault}`);
  const fact = `Of ${read}, ${damaged.length} cannot be decoded: ${inWords(faults)}.`;
  return { check, status: 'fail', fact, limit, advice };
}

async function judgeChecksums(
  { s3, bucket }: { readonly s3: S3Client; readonly bucket: string },
  { tables }: ExportManifest,
  keys: readonly string[],
): Promise<Finding> {
  const recorded = new Map(
    tables.flatMap(({ files }) => files.map(({ key, checksum }) => [key, checksum] as const)),
  );
  const sampled = keys.filter((key) => recorded.get(key));
  const held = await mapAtOnce(sampled, headsAtOnce, async (key) => ({
    key,
    same: (await readStoredChecksum(s3, { bucket, key })) === recorded.get(key),
  }));
  const other = held.filter(({ same }) => !same).map(({ key }) => key);
  const limit = 'the checksum of the manifest';
  const about = { check: 'export checksums', limit };
  if (sampled.length === 0) {
    const fact = `Of none of the files that were sampled (${keys.length}) a checksum was recorded.`;
    return {
      ...about,
      status: 'no baseline',
      fact,
      advice: 'To read every file to its last value: `nightshift backup verify --full`.',
    };
  }
  if (other.length === 0) {
    const fact = `S3 holds the recorded checksum of each of the ${sampled.length} files that were sampled.`;
    return { ...about, status: 'pass', fact, advice: null };
  }
  const fact = `${other.length} of ${sampled.length} sampled files ${other.length === 1 ? 'has' : 'have'} another checksum than was recorded, and were written anew: ${inWords(other)}.`;
  return { ...about, status: 'fail', fact, advice };
}
