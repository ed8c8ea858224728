import type { Evidence, Findings } from './evidence.ts';
import { expectedTables, unknownChoices } from './expected-tables.ts';
import { judgeFolders, type ProvenTable } from './judge-folders.ts';
import { judgeMetadata } from './judge-metadata.ts';
import { judgeMissing } from './judge-missing.ts';

export interface Proof {
  readonly tables: readonly ProvenTable[];
  /** Each one makes the run fail. */
  readonly faults: readonly string[];
  /** What could not be proved, and why; people should know, and nothing is wrong. */
  readonly notes: readonly string[];
  readonly skipped: readonly string[];
}

/** Holds the export against everything that is known of the snapshot. Pure: the same evidence gives the same proof. */
export function proveExport(evidence: Evidence): Proof {
  const expected = expectedTables(evidence);
  const missing = judgeMissing(expected, evidence);
  const folders = judgeFolders(expected, evidence);
  const findings: readonly Findings[] = [
    { faults: unknownChoices(evidence, expected), notes: [] },
    missing,
    { faults: evidence.brokenFiles, notes: [] },
    judgeUnfinished(evidence),
    judgeUncounted(evidence),
    ...folders,
    judgeColumns(evidence),
    judgeMetadata(expected, evidence),
  ];
  return {
    tables: folders.map(({ proven }) => proven).filter(({ tables, files }) => tables.length > 0 || files > 0),
    faults: findings.flatMap(({ faults }) => faults),
    notes: findings.flatMap(({ notes }) => notes),
    skipped: missing.accepted,
  };
}

function judgeUnfinished({ folders }: Evidence): Findings {
  const batches = folders.flatMap(({ unfinished }) => unfinished);
  const faults = batches.map(
    (batch) => `${batch} has Parquet files and no _SUCCESS: writing it was not finished.`,
  );
  return { faults, notes: [] };
}

/** One line for the whole export: it would be the same for every table. */
function judgeUncounted({ bounds, adopted }: Evidence): Findings {
  const why = adopted
    ? 'no counts exist of an adopted snapshot'
    : 'counting around this job’s own snapshot had failed';
  return { faults: [], notes: bounds ? [] : [`rows not proved: ${why}`] };
}

/** A schema that may be newer than the snapshot proves nothing against the export's columns. */
function judgeColumns({ columnFaults, moreColumnFaults, schemaIsOfTheSnapshot }: Evidence): Findings {
  const told = columnFaults.map(({ folder, fault }) => `${folder}: ${fault}.`);
  const more =
    moreColumnFaults > 0
      ? [`${moreColumnFaults} more findings of columns that are missing or of another type.`]
      : [];
  const lines = [...told, ...more];
  return schemaIsOfTheSnapshot ? { faults: lines, notes: [] } : { faults: [], notes: lines };
}
