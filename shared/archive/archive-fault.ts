/** What can be wrong with an archive: with its files, with its tables, with its ledger, or with its chain of manifests. */
export const archiveFaultKinds = [
  'missing file',
  'changed file',
  'unread file',
  'extra file',
  'missing table',
  'missing rows',
  'unread table',
  'batch that no manifest names',
  'batch that differs from its manifest',
  'batch that the ledger lost',
  'broken chain',
] as const;

export interface ArchiveFault {
  readonly kind: (typeof archiveFaultKinds)[number];
  /** An object, a table, `batch 7`, or a link of the chain. */
  readonly what: string;
  /** What is so and what should be. */
  readonly detail: string;
}
