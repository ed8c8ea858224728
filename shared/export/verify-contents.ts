import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { counted } from '../verify/counted.ts';
import type { Finding } from '../verify/finding.ts';
import { listVersions } from './earlier-versions.ts';
import type { ExportManifest, ManifestFile } from './export-manifest.ts';
import { type FetchedAtLast, fetchAgain, type Sleep } from './fetch-again.ts';
import type { Fetched } from './fetch-whole-file.ts';
import { inWords } from './keys-in-words.ts';

export interface ContentsOptions {
  /** Where two files at a time lie: one that is scanned, and the next one on its way. */
  readonly folder: string;
  /** Decodes every value of a file, and answers how many rows it has. Throws where it cannot. */
  readonly scan: (path: string) => Promise<number>;
  readonly onProgress?: (done: { readonly files: number; readonly bytes: number }) => void;
  /** Between two tries of a file. */
  readonly sleep?: Sleep;
}

interface Read {
  readonly file: ManifestFile;
  /** Undefined where the file could not be fetched; `unread` says why. */
  readonly fetched?: Fetched;
  readonly unread?: string;
  readonly rows?: number;
  readonly fault?: string;
}

/** So many files in a row that cannot be fetched: it is the way to S3 that is broken, and the others are not tried. */
const mostUnreadInARow = 5;

/** Every byte of an export against the recorded checksums, and every value decoded. Each file is fetched once, and again where that broke off. */
export async function verifyExportContents(
  where: { readonly s3: S3Client; readonly bucket: string },
  manifest: ExportManifest,
  { folder, scan, onProgress, sleep }: ContentsOptions,
): Promise<Finding[]> {
  const files = manifest.tables.flatMap((table) => table.files);
  const fetchTo = (index: number) => {
    const file = files[index];
    return file && settled(fetchAgain(where, file, pathOf(folder, index), sleep));
  };
  const read: Read[] = [];
  let next = fetchTo(0);
  let bytes = 0;
  for (const [index, file] of files.entries()) {
    const fetched = (await next)?.() ?? notTried;
    next = isHopeless(read) ? undefined : fetchTo(index + 1);
    read.push({ file, ...(await scanned(scan, pathOf(folder, index), fetched)) });
    await rm(pathOf(folder, index), { force: true });
    bytes += file.bytes;
    onProgress?.({ files: index + 1, bytes });
  }
  return tell(manifest, read, damageAdvice(where.bucket));
}

const notTried: FetchedAtLast = {
  unread: true,
  why: `not tried any more, after ${mostUnreadInARow} in a row could not be`,
};

function isHopeless(read: readonly Read[]): boolean {
  return read.length >= mostUnreadInARow && read.slice(-mostUnreadInARow).every(({ unread }) => unread);
}

const pathOf = (folder: string, index: number) => join(folder, `export-${index}.parquet`);

/** Waited for later: what fails meanwhile is thrown then, and not before anyone looks. */
function settled<T>(work: Promise<T>): Promise<() => T> {
  return work.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error;
    },
  );
}

async function scanned(
  scan: ContentsOptions['scan'],
  path: string,
  ended: FetchedAtLast,
): Promise<Omit<Read, 'file'>> {
  if ('unread' in ended) return { unread: ended.why };
  const { fetched } = ended;
  if (fetched === 'missing' || fetched === 'frozen') return { fetched };
  try {
    return { fetched, rows: await scan(path) };
  } catch (error) {
    return { fetched, fault: withoutValues((error as Error).message, path) };
  }
}

/** What a decoder says of damage may quote the value that it stumbled over: what stands in quotes is left out. */
function withoutValues(message: string, path: string): string {
  const [line = ''] = message.split('\n');
  return line
    .replaceAll(`"${path}"`, 'the file')
    .replaceAll(path, 'the file')
    .replace(/".*"|'.*'/g, '…')
    .replace(/".*/, '…');
}

const check = 'export contents';
const limit = 'the bytes, the rows and the checksums of the manifest';
const damageAdvice = (bucket: string) =>
  `Look for the right version of each file among the bucket's earlier ones (${listVersions(bucket)}), or export the snapshot again under a label if it is still there.`;

function tell({ export: { id } }: ExportManifest, read: readonly Read[], advice: string): Finding[] {
  const named = (wanted: (one: Read) => string | false | undefined) =>
    read.flatMap((one) => wanted(one) || []);
  const fetchedAs = (fetched: Fetched) => named((one) => one.fetched === fetched && one.file.key);
  if (read.length === 0) return [nothingToRead(id)];
  const bad = (keys: readonly string[], what: string): Finding[] =>
    keys.length === 0
      ? []
      : [
          {
            check,
            status: 'fail',
            fact: `${keys.length} of ${read.length} files of ${id} ${what}: ${inWords(keys)}.`,
            limit,
            advice,
          },
        ];
  const findings = [
    ...bad(fetchedAs('missing'), 'are missing'),
    ...bad(fetchedAs('changed'), 'have other bytes than were exported'),
    ...bad(
      named(({ file, fault }) => fault !== undefined && `${file.key} (${fault})`),
      'cannot be decoded',
    ),
    ...bad(
      named(
        ({ file, rows }) =>
          rows !== undefined && rows !== file.rows && `${file.key} (${rows} instead of ${file.rows})`,
      ),
      'have other rows than the manifest says',
    ),
    ...notFetched(
      named(({ file, unread }) => unread !== undefined && `${file.key} (${unread})`),
      read.length,
      id,
    ),
    ...frozen(fetchedAs('frozen'), read.length, id),
  ];
  return findings.length > 0 ? findings : [whole(id, read)];
}

/** Nothing is known of them, good or bad. */
function notFetched(files: readonly string[], of: number, id: string): Finding[] {
  if (files.length === 0) return [];
  const fact = `${files.length} of ${of} files of ${id} could not be fetched, and nothing is known of them: ${inWords(files)}.`;
  const advice =
    'Mend what came back, or wait until S3 answers again, and read all of it once more: `nightshift backup verify --full`.';
  return [{ check, status: 'fail', fact, limit: 'every file read', advice }];
}

function frozen(keys: readonly string[], of: number, id: string): Finding[] {
  if (keys.length === 0) return [];
  const fact = `${keys.length} of ${of} files of ${id} lie in Glacier and were not read: ${inWords(keys)}.`;
  const advice = 'Thaw them first (`nightshift restore export` does it for a table), and check again.';
  return [{ check, status: 'warn', fact, limit: 'every file read', advice }];
}

function whole(id: string, read: readonly Read[]): Finding {
  const bytes = read.reduce((sum, { file }) => sum + file.bytes, 0);
  const rows = read.reduce((sum, { file }) => sum + file.rows, 0);
  const hashed = read.filter(({ fetched }) => fetched === 'hashed').length;
  const held = read.filter(({ fetched }) => fetched === 'held').length;
  const others = [
    held > 0 && `${counted(held, 'has', 'have')} a checksum of parts, which S3 still holds as recorded`,
    read.length > hashed + held && `of ${read.length - hashed - held} none was recorded`,
  ].filter((part) => part !== false);
  const rest = others.length > 0 ? ` (${others.join('; ')})` : '';
  return {
    check,
    status: 'pass',
    fact: `${read.length === 1 ? `The one file of ${id} was` : `All ${read.length} files of ${id} were`} read to the last value: ${counted(bytes, 'byte')}, ${counted(rows, 'row')}. The bytes of ${hashed} have the recorded checksum${rest}.`,
    limit,
    advice: null,
  };
}

/** As of a database without a row. Nothing was found wrong, and nothing was proved. */
function nothingToRead(id: string): Finding {
  const fact = `The export ${id} holds no file: there was nothing to read.`;
  const advice =
    'If the database has rows, see what snapshot-export is told to export: "tables" in the config.';
  return { check, status: 'no baseline', fact, limit, advice };
}
