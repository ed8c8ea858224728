import type { S3Client } from '@aws-sdk/client-s3';
import { readSuccess } from '../job/run-record.ts';
import { isNameOf, isNightSlot } from '../job/slot.ts';
import { type Link, walkChain } from '../job/walk-chain.ts';
import type { Finding } from '../verify/finding.ts';
import { listVersions } from './earlier-versions.ts';
import { type ExportManifest, exportJob, isExportManifest } from './export-manifest.ts';
import { inWords } from './keys-in-words.ts';

export interface ExportPlace {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly stage: string;
  /** The database's name in the config. */
  readonly database: string;
}

export interface JudgedChain {
  readonly findings: readonly Finding[];
  /** How many links there are. */
  readonly links: number;
  /** Of the last night that was exported, or, where none was, of the last export at all. */
  readonly last: Link<ExportManifest> | undefined;
}

const check = 'manifest chain';
const lookAmongVersions = (bucket: string) =>
  `Manifests are never changed: look for the first one among the bucket's earlier versions (${listVersions(bucket)}), and who wrote over it in CloudTrail.`;

/** Reads every manifest of the exports, and holds each against the one before, and the newest against its run record. */
export async function judgeChain(place: ExportPlace): Promise<JudgedChain> {
  const { s3, bucket, database } = place;
  const faults: string[] = [];
  const foreign: string[] = [];
  const readable = { night: undefined, any: undefined } as Record<
    'night' | 'any',
    Link<ExportManifest> | undefined
  >;
  let links = 0;
  for await (const step of walkChain<unknown>(s3, { bucket, job: exportJob, database })) {
    links += 1;
    const { key, link } = step;
    const stranger = step.faults.some((fault) => fault.startsWith('it belongs to'));
    faults.push(...step.faults.map((fault) => `${key}: ${fault}`));
    if (!link) continue;
    if (!(await isExportManifest(link.body))) {
      faults.push(`${key}: it is not a manifest of an export`);
      continue;
    }
    const known = link as Link<ExportManifest>;
    if (stranger || !isOwn(place, known)) {
      foreign.push(`${key} (of the export ${known.body.export.id})`);
      continue;
    }
    readable.any = known;
    if (isNightSlot(known.slot)) readable.night = known;
  }
  const last = readable.night ?? readable.any;
  faults.push(...(await notAsRecorded(place, [readable.any, readable.night])));
  return {
    findings: tell({ faults, foreign, links, newest: readable.any, advice: lookAmongVersions(bucket) }),
    links,
    last,
  };
}

function isOwn({ stage, database }: ExportPlace, { slot, body }: Link<ExportManifest>): boolean {
  return isNameOf(body.export.id, { stage, database, slot });
}

interface RecordedExport {
  readonly export?: { readonly manifest?: { readonly key: string; readonly sha256: string } } | null;
}

/** No later link vouches for the newest one; the record of the run that wrote it does. */
async function notAsRecorded(
  { s3, bucket, database }: ExportPlace,
  links: readonly (Link<ExportManifest> | undefined)[],
): Promise<string[]> {
  const faults: string[] = [];
  for (const link of new Set(links)) {
    if (!link) continue;
    const run = { job: exportJob, database, slot: link.slot };
    const written = (await readSuccess<RecordedExport>(s3, bucket, run))?.report?.export?.manifest;
    if (!written || written.key !== link.key || written.sha256 === link.sha256) continue;
    faults.push(
      `${link.key}: it was changed: it has sha256 ${link.sha256}, and the run of ${link.slot} wrote one of ${written.sha256}`,
    );
  }
  return faults;
}

interface Found {
  readonly faults: readonly string[];
  /** Manifests of another database or stage. */
  readonly foreign: readonly string[];
  readonly links: number;
  readonly newest: Link<ExportManifest> | undefined;
  readonly advice: string;
}

function tell({ faults, foreign, links, newest, advice }: Found): Finding[] {
  const limit = 'each link carries the hash of the one before';
  const broken: Finding[] =
    faults.length > 0
      ? [
          {
            check,
            status: 'fail',
            fact: `The chain of manifests is broken in ${faults.length === 1 ? 'one place' : `${faults.length} places`}: ${inWords(faults)}.`,
            limit,
            advice,
          },
        ]
      : [];
  const strangers: Finding[] =
    foreign.length > 0
      ? [
          {
            check: 'manifest of another database',
            status: 'fail',
            fact: `Manifests of another database or stage lie in this chain: ${inWords(foreign)}.`,
            limit: 'manifests of this database alone',
            advice,
          },
        ]
      : [];
  if (broken.length + strangers.length > 0 || !newest) return [...broken, ...strangers];
  const fact = `${links === 1 ? '1 manifest' : `${links} manifests`}, each with the hash of the one before; the newest, ${newest.sequence}, has sha256 ${newest.sha256}.`;
  return [{ check, status: 'pass', fact, limit, advice: null }];
}
