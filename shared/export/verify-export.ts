import { type ListedObject, listObjects, readText, sha256 } from '../aws/objects.ts';
import type { Link } from '../job/walk-chain.ts';
import type { Finding } from '../verify/finding.ts';
import type { ExportManifest } from './export-manifest.ts';
import { type ExportPlace, judgeChain } from './judge-chain.ts';
import { judgeFooters } from './judge-footers.ts';
import { judgeListing } from './judge-listing.ts';
import { judgeSample } from './judge-sample.ts';
import { judgeStorageClass } from './judge-storage-class.ts';

export interface VerifyExportOptions {
  readonly now: Date;
  /** How many row groups are decoded, chosen at random; 0 for none. */
  readonly sampleRowGroups: number;
  /** How old the snapshot of the last export may be. */
  readonly exportAgeHours: number;
  readonly glacierAfterDays: number;
}

/**
 * Holds the last night's export against its manifest, and the chain of manifests against itself, without reading more
 * than a small part of the files: one listing, every footer, and a sample of row groups. Changes nothing.
 */
export async function verifyLastExport(where: ExportPlace, options: VerifyExportOptions): Promise<Finding[]> {
  const { last, links, findings } = await judgeChain(where);
  if (!last) return links === 0 ? [neverExported(where)] : [...findings, noManifest(links)];
  const manifest = last.body;
  const listed: ListedObject[] = [];
  const { s3, bucket } = where;
  for await (const object of listObjects(s3, { bucket, prefix: manifest.export.prefix })) listed.push(object);
  const byKey = new Map(listed.map((object) => [object.key, object]));
  const files = manifest.tables.flatMap((table) => table.files).flatMap(({ key }) => byKey.get(key) ?? []);
  const present = new Map(files.map(({ key, sizeBytes }) => [key, sizeBytes]));
  const footers = await judgeFooters(where, manifest, present);
  return [
    judgeAge(last, options),
    ...findings,
    ...judgeListing(manifest, listed, bucket),
    ...(await judgeSchema(where, manifest)),
    ...judgeStorageClass(files, { ...options, bucket }),
    ...footers.findings,
    ...(await judgeSample(where, manifest, footers.readable, options.sampleRowGroups)),
  ];
}

const check = 'last export';

function neverExported({ database }: ExportPlace): Finding {
  return {
    check,
    status: 'no baseline',
    fact: `No export of ${database} has been proved yet.`,
    limit: null,
    advice: 'Run snapshot-export, or wait for its first night.',
  };
}

function noManifest(links: number): Finding {
  const fact = `None of the ${links} manifests can be used, so that nobody can tell what the last export must hold.`;
  const advice =
    "Look for the manifests among the bucket's earlier versions, and start snapshot-export under a label.";
  return { check, status: 'fail', fact, limit: null, advice };
}

function judgeAge(
  { slot, body }: Link<ExportManifest>,
  { now, exportAgeHours }: VerifyExportOptions,
): Finding {
  const { snapshot, export: exported } = body;
  const moment = snapshot.createdAt ?? exported.endedAt;
  const limit = `${exportAgeHours} h`;
  if (moment === null) {
    const fact = `Nobody recorded when the export ${exported.id} was made.`;
    return { check, status: 'warn', fact, limit, advice: 'See whether the next night records it.' };
  }
  const hours = (now.getTime() - Date.parse(moment)) / 3_600_000;
  const fact = `The last export, ${exported.id} of ${slot}, holds the database as of ${moment}: ${hours.toFixed(1)} h ago.`;
  if (hours <= exportAgeHours) return { check, status: 'pass', fact, limit, advice: null };
  const advice =
    '`nightshift status` says how the runs of snapshot-export since then ended; mend the cause and run it again.';
  return { check, status: 'fail', fact, limit, advice };
}

/** Whether `schema.json`, without which no table can be made anew, is the one that the manifest names. */
async function judgeSchema({ s3, bucket }: ExportPlace, { schema }: ExportManifest): Promise<Finding[]> {
  const text = await readText(s3, { bucket, key: schema.key });
  const about = { check: 'export schema', limit: `sha256 ${schema.sha256}` };
  // That it is missing is told with the other files.
  if (text === undefined) return [];
  if (sha256(text) === schema.sha256) {
    const fact = `${schema.key} is as it was saved.`;
    return [{ ...about, status: 'pass', fact, advice: null }];
  }
  const fact = `${schema.key} was changed: its sha256 is ${sha256(text)}.`;
  const advice = "Look for the first one among the bucket's earlier versions.";
  return [{ ...about, status: 'fail', fact, advice }];
}
