import type { S3Client } from '@aws-sdk/client-s3';
import { listObjects, putOnce, readText, type StoredObject, sha256 } from '../aws/objects.ts';
import { canonicalJson } from './canonical-json.ts';
import { NightshiftError } from './errors.ts';
import type { Slot } from './slot.ts';

/** One link of the chain that a job keeps of a database: never changed, never deleted, never expired. */
export interface Manifest<Body = unknown> {
  readonly version: 1;
  readonly job: string;
  readonly database: string;
  readonly slot: Slot;
  readonly sequence: number;
  readonly previous: { readonly key: string; readonly sha256: string } | null;
  readonly body: Body;
}

export interface ManifestReference {
  readonly key: string;
  readonly sha256: string;
  readonly sequence: number;
}

export interface ManifestOrder<Body> {
  readonly bucket: string;
  readonly job: string;
  readonly database: string;
  readonly slot: Slot;
  /** The manifest cannot have been written before this: older links need not be searched for it. */
  readonly notBefore: Date;
  readonly body: Body;
}

export const manifestsPrefix = 'manifests';

/** Clocks of S3 and RDS may differ by this much. */
const skewMs = 15 * 60_000;

export function chainPrefix(job: string, database: string): string {
  return `${manifestsPrefix}/${job}/${database}/`;
}

function linkKey(job: string, database: string, sequence: number): string {
  return `${chainPrefix(job, database)}${String(sequence).padStart(8, '0')}.json`;
}

/**
 * Appends a manifest, with the hash of the one before. A manifest that this slot already has is answered instead, and
 * whoever writes it writes the same bytes; another slot that takes the same place in between is stepped behind.
 */
export async function appendManifest<Body>(
  s3: S3Client,
  order: ManifestOrder<Body>,
): Promise<ManifestReference> {
  for (let tries = 0; tries < 10; tries += 1) {
    const links = await listLinks(s3, order);
    const present = await findOwn(s3, order, links);
    if (present) return present;
    const written = await writeNext(s3, order, links.at(-1));
    if (written) return written;
  }
  throw new NightshiftError(
    `The manifest of ${order.slot} found no place in the chain ${chainPrefix(order.job, order.database)}: ten others came first. Start the run again.`,
  );
}

async function listLinks(
  s3: S3Client,
  { bucket, job, database }: ManifestOrder<unknown>,
): Promise<StoredObject[]> {
  const links: StoredObject[] = [];
  for await (const link of listObjects(s3, { bucket, prefix: chainPrefix(job, database) })) links.push(link);
  return links;
}

async function findOwn(s3: S3Client, order: ManifestOrder<unknown>, links: readonly StoredObject[]) {
  const since = order.notBefore.getTime() - skewMs;
  for (const { key } of links.filter(({ lastModified }) => Date.parse(lastModified) >= since)) {
    const text = await mustRead(s3, order.bucket, key);
    const found = ownReference(text, key, order);
    if (found) return found;
  }
  return undefined;
}

/** Undefined where another slot's manifest took the place first. */
async function writeNext<Body>(s3: S3Client, order: ManifestOrder<Body>, last: StoredObject | undefined) {
  const { bucket, job, database, slot, body } = order;
  const before = last && { key: last.key, text: await mustRead(s3, bucket, last.key) };
  const sequence = before ? (JSON.parse(before.text) as Manifest).sequence + 1 : 1;
  const previous = before ? { key: before.key, sha256: sha256(before.text) } : null;
  const manifest: Manifest<Body> = { version: 1, job, database, slot, sequence, previous, body };
  const key = linkKey(job, database, sequence);
  return ownReference(await putOnce(s3, { bucket, key }, canonicalJson(manifest)), key, order);
}

function ownReference(
  text: string,
  key: string,
  { slot }: ManifestOrder<unknown>,
): ManifestReference | undefined {
  const manifest = JSON.parse(text) as Manifest;
  return manifest.slot === slot ? { key, sha256: sha256(text), sequence: manifest.sequence } : undefined;
}

async function mustRead(s3: S3Client, bucket: string, key: string): Promise<string> {
  const text = await readText(s3, { bucket, key });
  if (text !== undefined) return text;
  throw new NightshiftError(
    `s3://${bucket}/${key} was listed and cannot be read: the chain of manifests is broken. Look for it among the bucket's earlier versions.`,
  );
}
