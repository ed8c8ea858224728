import type { S3Client } from '@aws-sdk/client-s3';
import { listObjects, readText, sha256 } from '../aws/objects.ts';
import { mapAtOnce } from './at-once.ts';
import { chainPrefix, type Manifest } from './manifest-chain.ts';
import type { Slot } from './slot.ts';

export interface ChainPlace {
  readonly bucket: string;
  readonly job: string;
  /** The database's name in the config. */
  readonly database: string;
}

export interface Link<Body> {
  readonly key: string;
  readonly sha256: string;
  readonly sequence: number;
  readonly slot: Slot;
  readonly body: Body;
}

export interface ChainStep<Body> {
  readonly key: string;
  /** Undefined where no manifest can be read. Its body is whatever stands there. */
  readonly link: Link<Body> | undefined;
  /** What does not fit to the link before. */
  readonly faults: readonly string[];
}

/** So many links are fetched at once: a chain of years has hundreds, and each may name thousands of files. */
const readAtOnce = 16;

type Before = Pick<Link<unknown>, 'key' | 'sha256' | 'sequence'>;

/**
 * Walks a chain of manifests from its first link, and holds each against the one before: number, name, and hash. That
 * its end was cut off or changed is seen only by who knows a later number, or the newest hash.
 */
export async function* walkChain<Body>(s3: S3Client, place: ChainPlace): AsyncGenerator<ChainStep<Body>> {
  const keys = await chainKeys(s3, place);
  let before: Before | null = null;
  for (let at = 0; at < keys.length; at += readAtOnce) {
    const texts = await mapAtOnce(keys.slice(at, at + readAtOnce), readAtOnce, async (key) => ({
      key,
      text: (await readText(s3, { bucket: place.bucket, key })) ?? '',
    }));
    for (const { key, text } of texts) {
      const manifest = parse<Body>(text);
      const faults = faultsOf(manifest, key, before, place);
      const sequence: number = manifest?.sequence ?? (before?.sequence ?? 0) + 1;
      before = { key, sha256: sha256(text), sequence };
      yield { key, faults, link: manifest?.body && { ...before, slot: manifest.slot, body: manifest.body } };
    }
  }
}

/** The newest link that `matches`, reading no more of the chain than that takes, and judging nothing. */
export async function findLink<Body>(
  s3: S3Client,
  place: ChainPlace,
  matches: (manifest: Manifest<Body>) => boolean,
): Promise<Link<Body> | undefined> {
  for (const key of (await chainKeys(s3, place)).reverse()) {
    const text = (await readText(s3, { bucket: place.bucket, key })) ?? '';
    const manifest = parse<Body>(text);
    if (!manifest?.body || !matches(manifest)) continue;
    const { sequence, slot, body } = manifest;
    return { key, sha256: sha256(text), sequence, slot, body };
  }
  return undefined;
}

async function chainKeys(s3: S3Client, { bucket, job, database }: ChainPlace): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of listObjects(s3, { bucket, prefix: chainPrefix(job, database) })) keys.push(key);
  return keys;
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
  before: Before | null,
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
      `it carries sha256 ${previous.sha256} of ${before.key}, which has ${before.sha256}: that one was changed`,
  ].filter((fault) => typeof fault === 'string');
}
