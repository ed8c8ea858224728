import type { S3Client } from '@aws-sdk/client-s3';
import { listObjects, readText, sha256 } from '../aws/objects.ts';
import { chainPrefix, type Manifest } from '../job/manifest-chain.ts';
import type { ArchiveFault } from './archive-fault.ts';

export interface Link<Body> {
  readonly key: string;
  readonly sha256: string;
  readonly sequence: number;
  readonly body: Body;
}

export interface Chain<Body> {
  /** In order; without those that cannot be read. */
  readonly links: readonly Link<Body>[];
  readonly faults: readonly ArchiveFault[];
}

export interface ChainPlace {
  readonly bucket: string;
  readonly job: string;
  readonly database: string;
}

/**
 * Reads a chain of manifests from its first link, and holds each against the one before: number, name, and hash. That
 * its end was cut off is seen only by who knows a later number, or the newest hash.
 */
export async function readChain<Body>(s3: S3Client, place: ChainPlace): Promise<Chain<Body>> {
  const links: Link<Body>[] = [];
  const faults: ArchiveFault[] = [];
  const prefix = chainPrefix(place.job, place.database);
  let before: Pick<Link<Body>, 'key' | 'sha256' | 'sequence'> | null = null;
  for await (const { key } of listObjects(s3, { bucket: place.bucket, prefix })) {
    const text = (await readText(s3, { bucket: place.bucket, key })) ?? '';
    const manifest = parse<Body>(text);
    const found = faultsOf(manifest, key, before, place);
    faults.push(...found.map((detail) => ({ kind: 'broken chain' as const, what: key, detail })));
    const sequence: number = manifest?.sequence ?? (before?.sequence ?? 0) + 1;
    before = { key, sha256: sha256(text), sequence };
    if (manifest?.body) links.push({ ...before, body: manifest.body });
  }
  return { links, faults };
}

function parse<Body>(text: string): Manifest<Body> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Manifest<Body>) : undefined;
  } catch {
    // Told as a fault of the chain by who holds it against the others.
    return undefined;
  }
}

function faultsOf(
  manifest: Manifest | undefined,
  key: string,
  before: Pick<Link<unknown>, 'key' | 'sha256' | 'sequence'> | null,
  { job, database }: ChainPlace,
): string[] {
  if (!manifest) return ['it holds no manifest'];
  const { previous, sequence } = manifest;
  const expected = (before?.sequence ?? 0) + 1;
  const name = `${chainPrefix(job, database)}${String(sequence).padStart(8, '0')}.json`;
  return [
    sequence !== expected && `it is number ${sequence}, and number ${expected} comes here: links are missing`,
    name !== key && `it says that it is ${name}`,
    (manifest.job !== job || manifest.database !== database) &&
      `it belongs to ${manifest.job} of ${manifest.database}`,
    previous?.key !== before?.key &&
      `it follows ${previous?.key ?? 'nothing'}, and before it lies ${before?.key ?? 'nothing'}`,
    before !== null &&
      previous?.key === before.key &&
      previous.sha256 !== before.sha256 &&
      `it carries sha256 ${previous.sha256} of the one before, which has ${before.sha256}: that one was changed`,
  ].filter((fault) => typeof fault === 'string');
}
