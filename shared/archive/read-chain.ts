import type { S3Client } from '@aws-sdk/client-s3';
import { type ChainPlace, type Link, walkChain } from '../job/walk-chain.ts';
import type { ArchiveFault } from './archive-fault.ts';

export interface Chain<Body> {
  /** In order; without those that cannot be read. */
  readonly links: readonly Link<Body>[];
  readonly faults: readonly ArchiveFault[];
}

/** The whole chain of manifests, and what is wrong with it; see walkChain for what that can show. */
export async function readChain<Body>(s3: S3Client, place: ChainPlace): Promise<Chain<Body>> {
  const links: Link<Body>[] = [];
  const faults: ArchiveFault[] = [];
  for await (const { key, link, faults: found } of walkChain<Body>(s3, place)) {
    faults.push(...found.map((detail) => ({ kind: 'broken chain' as const, what: key, detail })));
    if (link) links.push(link);
  }
  return { links, faults };
}
