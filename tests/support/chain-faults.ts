import { sha256 } from '../../shared/aws/objects.ts';
import type { Manifest } from '../../shared/job/manifest-chain.ts';

/** Walks a chain from its newest link back, as an auditor would; one line for each link that does not hold. */
export function chainFaults(
  texts: ReadonlyMap<string, string>,
  newest: { key: string; sha256: string },
): string[] {
  const faults: string[] = [];
  const seen = new Set<string>();
  let wanted: { readonly key: string; readonly sha256: string } | null = newest;
  let sequence: number | undefined;
  while (wanted) {
    const text = texts.get(wanted.key);
    seen.add(wanted.key);
    if (text === undefined) return [...faults, `${wanted.key} is missing`];
    if (sha256(text) !== wanted.sha256) faults.push(`${wanted.key} was changed`);
    const link = JSON.parse(text) as Manifest;
    if (sequence !== undefined && link.sequence !== sequence - 1)
      faults.push(`${wanted.key} has a wrong number`);
    sequence = link.sequence;
    wanted = link.previous;
  }
  if (sequence !== 1) faults.push('the chain does not begin with 1');
  const forks = [...texts.keys()].filter((key) => !seen.has(key));
  return [...faults, ...forks.map((key) => `${key} is beside the chain`)];
}
