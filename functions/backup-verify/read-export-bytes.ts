import { listObjects, readText } from '../../shared/aws/objects.ts';
import { type ExportManifest, exportJob, isExportManifest } from '../../shared/export/export-manifest.ts';
import { chainPrefix, type Manifest } from '../../shared/job/manifest-chain.ts';
import { isNightSlot } from '../../shared/job/slot.ts';
import type { VerifyJob } from './job.ts';

/** Labelled exports may be of a few tables alone: so many of them are passed over in search of a night's. */
const mostReads = 20;

/** How large the files of the last export of a night are together, as its manifest says; null where there is none. */
export async function readExportBytes({
  aws,
  names,
  request,
}: Pick<VerifyJob, 'aws' | 'names' | 'request'>): Promise<number | null> {
  const place = { bucket: names.backupBucket, prefix: chainPrefix(exportJob, request.database) };
  const keys: string[] = [];
  for await (const { key } of listObjects(aws.s3, place)) keys.push(key);
  for (const key of keys.toSorted().toReversed().slice(0, mostReads)) {
    const text = await readText(aws.s3, { bucket: names.backupBucket, key });
    const manifest = JSON.parse(text ?? 'null') as Manifest | null;
    if (!manifest || !isNightSlot(manifest.slot) || !(await isExportManifest(manifest.body))) continue;
    const { tables } = manifest.body as ExportManifest;
    return tables.flatMap(({ files }) => files).reduce((sum, { bytes }) => sum + bytes, 0);
  }
  return null;
}
