import type { Evidence, Findings } from './evidence.ts';
import { type ExpectedTable, neverExported } from './expected-tables.ts';
import { fullName, nameMeansOneOf, tableIsNamedBy } from './table-names.ts';

export interface MissingFindings extends Findings {
  /** Missing, and the config accepts it. */
  readonly accepted: readonly string[];
}

/** Judges tables without a folder, and what the service's warning says of any table. */
export function judgeMissing(expected: readonly ExpectedTable[], evidence: Evidence): MissingFindings {
  const { acceptSkipped, databaseName } = evidence;
  const missing = expected.filter(({ folder }) => folder === undefined);
  const isAccepted = nameMeansOneOf(acceptSkipped, databaseName);
  const accepted = missing.map(({ name }) => name).filter(tableIsNamedBy(acceptSkipped, databaseName));
  const acceptedNames = new Set(accepted);
  const judge = judgeOne(evidence);
  const judged = missing.filter(({ name }) => !acceptedNames.has(name)).map(judge);
  const explained = nameMeansOneOf(
    [...missing.map(({ name }) => name), ...neverExported(evidence.schema)],
    databaseName,
  );
  const alsoNamed = evidence.warning.names
    .filter((name) => !explained(name) && !isAccepted(name))
    .map(
      (name) =>
        `A warning of the service names ${name}. If that is as it should be, name it in "acceptSkipped".`,
    );
  return {
    accepted,
    faults: [...judged.flatMap(({ fault }) => fault ?? []), ...alsoNamed],
    notes: judged.flatMap(({ note }) => note ?? []),
  };
}

type Judged = { readonly fault?: string; readonly note?: string };

function judgeOne(evidence: Evidence): (table: ExpectedTable) => Judged {
  const isNamed = tableIsNamedBy(evidence.warning.names, evidence.databaseName);
  const isEmpty = emptyTables(evidence);
  const cameLater = tablesOfLater(evidence);
  return ({ name, family }) => {
    if (isNamed(name)) {
      return {
        fault: `${name} was skipped with a warning. If that is as it should be, name it in "acceptSkipped".`,
      };
    }
    if (isEmpty.has(name)) return { note: `${name}: not in the export, and empty` };
    if (cameLater(name, family)) return { note: `${name}: not in the export, and newer than the snapshot` };
    return { fault: `${name} is not in the export, and no warning names it.` };
  };
}

/** Counted, they had no row before and after the snapshot; of one without counts, they took no byte soon after it. */
function emptyTables({ bounds, sizes }: Evidence): ReadonlySet<string> {
  const empty = bounds
    ? bounds.filter(({ basis, atMost }) => basis !== 'estimated' && atMost === '0')
    : sizes.filter(({ sizeBytes }) => sizeBytes === 0);
  return new Set(empty.map(({ schema, table }) => fullName({ schema, name: table })));
}

/** The schema may have been read after the snapshot, and then holds tables that the snapshot cannot. */
function tablesOfLater(evidence: Evidence): (name: string, family: readonly string[]) => boolean {
  const { schemaIsOfTheSnapshot, knownBefore, metadata, databaseName } = evidence;
  if (schemaIsOfTheSnapshot) return () => false;
  if (knownBefore) return (name) => !knownBefore.has(name);
  if (metadata.targets.length === 0) return () => false;
  const isTarget = tableIsNamedBy(metadata.targets, databaseName);
  return (_name, family) => !family.some(isTarget);
}
