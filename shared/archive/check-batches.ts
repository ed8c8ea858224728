import type { Link } from '../job/walk-chain.ts';
import type { ArchiveFault } from './archive-fault.ts';
import type { LedgerBatch } from './archive-ledger.ts';
import type { ArchiveManifest, ListedBatch } from './archive-manifest.ts';

type ArchiveLink = Pick<Link<ArchiveManifest>, 'key' | 'sequence' | 'body'>;

export interface BatchCheck {
  readonly faults: readonly ArchiveFault[];
  /** Ids that manifests name and the given ledger does not hold: lost, or entered since it was read. */
  readonly notInLedger: readonly string[];
  readonly unnamed: readonly LedgerBatch[];
}

const compared = [
  'policy',
  'destination',
  'rows',
  'committedAt',
  'key',
  'bytes',
  'sha256',
  'contentHash',
] as const;

/** Holds the ledger against the manifests, both ways. A batch may be named more than once, each time with its numbers. */
export function checkBatches(ledger: readonly LedgerBatch[], links: readonly ArchiveLink[]): BatchCheck {
  const known = new Map(ledger.map((batch) => [batch.id, batch]));
  const named = new Map<string, number[]>();
  const faults: ArchiveFault[] = [];
  for (const { key, sequence, body } of links) {
    for (const listed of Array.isArray(body.batches) ? body.batches : []) {
      named.set(listed.id, [...(named.get(listed.id) ?? []), sequence]);
      const batch = known.get(listed.id);
      if (batch) faults.push(...differences(batch, listed, key));
    }
  }
  const unnamed = ledger.filter(({ id }) => !named.has(id));
  return {
    faults: [
      ...faults,
      ...ledger.flatMap((batch) => misnoted(batch, named.get(batch.id))),
      ...cutOff(ledger, links),
    ],
    notInLedger: [...named.keys()].filter((id) => !known.has(id)),
    unnamed: unnamed.filter(({ manifestSequence }) => manifestSequence === null),
  };
}

function differences(batch: ListedBatch, listed: ListedBatch, manifest: string): ArchiveFault[] {
  const different = compared.filter((name) => batch[name] !== listed[name]);
  if (different.length === 0) return [];
  const details = different.map((name) => `${name} ${batch[name]} instead of ${listed[name]}`);
  return [
    {
      kind: 'batch that differs from its manifest',
      what: `batch ${batch.id} of ${batch.policy}`,
      detail: `the ledger has ${details.join(', ')} in ${manifest}`,
    },
  ];
}

function misnoted(
  { id, policy, manifestSequence }: LedgerBatch,
  named: readonly number[] = [],
): ArchiveFault[] {
  if (manifestSequence === null || named.includes(manifestSequence)) return [];
  const where = named.length > 0 ? `number ${named.join(' and ')} does` : 'no manifest does';
  return [
    {
      kind: 'batch that no manifest names',
      what: `batch ${id} of ${policy}`,
      detail: `the ledger says that manifest number ${manifestSequence} names it, and ${where}`,
    },
  ];
}

/** The ledger knows of a later link than there is. */
function cutOff(ledger: readonly LedgerBatch[], links: readonly ArchiveLink[]): ArchiveFault[] {
  const last = links.at(-1)?.sequence ?? 0;
  const noted = ledger.reduce((most, { manifestSequence }) => Math.max(most, manifestSequence ?? 0), 0);
  if (noted <= last) return [];
  return [
    {
      kind: 'broken chain',
      what: `manifest number ${noted}`,
      detail: `the ledger knows of it, and the chain ends with number ${last}: its end was cut off`,
    },
  ];
}
