import type { ListedObject } from '../aws/objects.ts';
import type { Finding } from '../verify/finding.ts';
import { listVersions } from './earlier-versions.ts';
import { databaseFolder } from './export-layout.ts';
import type { ExportManifest, ManifestFile } from './export-manifest.ts';
import { inWords } from './keys-in-words.ts';
import { schemaKey } from './saved-schema.ts';

const check = 'export files';
const lookAmongVersions = (bucket: string) =>
  `The bucket keeps deleted and overwritten versions for 30 days: ${listVersions(bucket)}, and copy the right one back. What is gone for good is still in the snapshot: start snapshot-export under a label.`;

/** Holds what lies under an export's prefix against its manifest: one finding for each way in which they differ. */
export function judgeListing(
  manifest: ExportManifest,
  listed: readonly ListedObject[],
  bucket: string,
): Finding[] {
  const advice = lookAmongVersions(bucket);
  const files = manifest.tables.flatMap((table) => table.files);
  const byKey = new Map(listed.map((object) => [object.key, object]));
  const wanted = [...files.map(({ key }) => key), schemaKey(manifest.export.id)];
  const missing = wanted.filter((key) => !byKey.has(key));
  const findings = [
    ...tell(missing, 'named by the manifest and missing from the bucket', advice),
    ...tell(resized(files, byKey), 'of another size than the manifest says', advice),
    ...tell(
      extra(manifest, new Set(wanted), listed),
      'beside those of the manifest, and nobody proved them',
      advice,
    ),
  ];
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const fact = `Every file (${files.length}, ${bytes} bytes) of the export ${manifest.export.id} is there, of the size that the manifest says, and no other.`;
  return findings.length > 0 ? findings : [{ check, status: 'pass', fact, limit: null, advice: null }];
}

function tell(keys: readonly string[], what: string, advice: string): Finding[] {
  if (keys.length === 0) return [];
  const fact = `${keys.length} ${keys.length === 1 ? 'file is' : 'files are'} ${what}: ${inWords(keys)}.`;
  return [{ check, status: 'fail', fact, limit: 'the files of the manifest', advice }];
}

function resized(files: readonly ManifestFile[], byKey: ReadonlyMap<string, ListedObject>): string[] {
  return files.flatMap(({ key, bytes }) => {
    const object = byKey.get(key);
    return object && object.sizeBytes !== bytes
      ? [`${key} (${object.sizeBytes} instead of ${bytes} bytes)`]
      : [];
  });
}

/** Whatever ends like Parquet counts, and in the tables' folders all but the marks of finished batches. */
function extra(
  { databaseName, export: { id } }: ExportManifest,
  wanted: ReadonlySet<string>,
  listed: readonly ListedObject[],
): string[] {
  const base = databaseFolder(id, databaseName);
  return listed
    .map(({ key }) => key)
    .filter((key) => !wanted.has(key) && !/\/_[A-Za-z]+$/.test(key))
    .filter((key) => key.endsWith('.parquet') || (key.startsWith(base) && !key.endsWith('/')));
}
