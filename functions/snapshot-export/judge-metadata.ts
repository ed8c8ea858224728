import type { Evidence, Findings } from './evidence.ts';
import { type ExpectedTable, neverExported } from './expected-tables.ts';
import { nameMeansOneOf, tableIsNamedBy } from './table-names.ts';

/** Judges what the service says of the export, and whether it says something of each table that is there. */
export function judgeMetadata(expected: readonly ExpectedTable[], evidence: Evidence): Findings {
  const { metadata, warning } = evidence;
  const untold = withoutTarget(expected, evidence);
  return {
    faults: [
      ...(metadata.infoFiles === 0 ? ['export_info_*.json is missing.'] : []),
      ...(metadata.tableInfoFiles === 0 ? ['export_tables_info_*.json is missing.'] : []),
      ...incomplete(evidence),
      ...warning.general.map((reason) => `The service warns: ${reason}.`),
      ...(evidence.bounds ? [] : untold.map((line) => `${line}.`)),
    ],
    notes: [
      ...(evidence.bounds ? untold : []),
      ...(metadata.tableInfoFiles > 0 && metadata.targets.length === 0
        ? ['export_tables_info_*.json names no table at all']
        : []),
    ],
  };
}

function incomplete({ metadata, acceptSkipped, databaseName, schema }: Evidence): string[] {
  const isAccepted = nameMeansOneOf(acceptSkipped, databaseName);
  const mayBeSkipped = nameMeansOneOf(neverExported(schema), databaseName);
  return metadata.incomplete
    .filter(({ target }) => !isAccepted(target))
    .filter(({ target, status }) => !(/^SKIPPED\b/.test(status) && mayBeSkipped(target)))
    .map(({ target, status }) => `${target}: ${status}.`);
}

/** Present tables that the metadata pass over; a folder's name is as good, where odd characters were replaced. */
function withoutTarget(expected: readonly ExpectedTable[], { metadata, databaseName }: Evidence): string[] {
  if (metadata.targets.length === 0) return [];
  const isTarget = tableIsNamedBy(metadata.targets, databaseName);
  return expected.flatMap(({ name, family, folder }) =>
    folder === undefined || isTarget(folder) || family.some(isTarget)
      ? []
      : [`${name}: in the export, and not named in its metadata`],
  );
}
