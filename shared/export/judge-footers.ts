import type { S3Client } from '@aws-sdk/client-s3';
import { mapAtOnce } from '../job/at-once.ts';
import { counted } from '../verify/counted.ts';
import type { Finding } from '../verify/finding.ts';
import { listVersions } from './earlier-versions.ts';
import type { ExportManifest, ManifestFile } from './export-manifest.ts';
import { inWords } from './keys-in-words.ts';
import { openExportFile } from './open-file.ts';
import type { SampledFile } from './sample-row-groups.ts';

const check = 'export footers';
const footersAtOnce = 16;

export interface Footers {
  readonly findings: readonly Finding[];
  /** Files with a whole footer, of which rows can be read. */
  readonly readable: readonly SampledFile[];
}

interface Looked {
  readonly file: ManifestFile;
  readonly frozen?: boolean;
  readonly fault?: string;
  readonly rowGroups?: number;
}

/** Reads the footer of every file, and holds the rows that it tells against the manifest's. Rows are not fetched. */
export async function judgeFooters(
  { s3, bucket }: { readonly s3: S3Client; readonly bucket: string },
  { tables, export: { id } }: ExportManifest,
  present: ReadonlyMap<string, number>,
): Promise<Footers> {
  const files = tables.flatMap((table) => table.files).filter(({ key }) => present.has(key));
  const looked = await mapAtOnce(files, footersAtOnce, async (file): Promise<Looked> => {
    const sizeBytes = present.get(file.key) ?? 0;
    const opened = await openExportFile(s3, { bucket, key: file.key, sizeBytes });
    if (opened.kind === 'frozen') return { file, frozen: true };
    if (opened.kind === 'broken') return { file, fault: `is no whole Parquet file: ${opened.fault}` };
    const { num_rows, row_groups } = opened.metadata;
    const rowGroups = row_groups.length;
    if (Number(num_rows) === file.rows) return { file, rowGroups };
    return { file, rowGroups, fault: `has ${num_rows} rows, and the manifest says ${file.rows}` };
  });
  return {
    findings: tell(looked, id, bucket),
    readable: looked.flatMap(({ file: { key }, rowGroups }) =>
      rowGroups === undefined ? [] : [{ key, rowGroups, sizeBytes: present.get(key) ?? 0 }],
    ),
  };
}

function tell(looked: readonly Looked[], exportId: string, bucket: string): Finding[] {
  const limit = 'the rows of the manifest';
  const broken = looked.flatMap(({ file, fault }) => (fault ? [`${file.key} ${fault}`] : []));
  const frozen = looked.filter((each) => each.frozen).length;
  const rows = looked.reduce(
    (sum, { file, rowGroups }) => sum + (rowGroups === undefined ? 0 : file.rows),
    0,
  );
  if (broken.length > 0) {
    const fact = `${broken.length} of ${looked.length} files of the export ${exportId} cannot be what was exported: ${inWords(broken)}.`;
    const advice = `Look for the right version of each file among the bucket's earlier ones (${listVersions(bucket)}), or export the snapshot again under a label.`;
    return [{ check, status: 'fail', fact, limit, advice }];
  }
  const unread =
    frozen > 0
      ? ` ${counted(frozen, 'file lies', 'files lie')} in Glacier and cannot be opened: that is no fault.`
      : '';
  const fact = `The footers of ${counted(looked.length - frozen, 'file')} are whole and tell the ${counted(rows, 'row')} of the manifest.${unread}`;
  return [{ check, status: 'pass', fact, limit, advice: null }];
}
