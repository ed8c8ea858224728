import type { RowBounds } from '../../shared/postgres/row-bounds.ts';
import type { SchemaDescription, TableDescription } from '../../shared/postgres/schema-description.ts';
import { tableFolder } from './export-layout.ts';
import { type ExportMetadata, type ExportWarning, namesTable } from './export-metadata.ts';

/** One Parquet file, as its footer and S3 describe it. */
export interface ProvenFile {
  readonly key: string;
  readonly folder: string;
  readonly bytes: number;
  readonly rows: number;
  /** `sha256:…`, `crc64nvme:…`: what S3 holds for the object; null where it holds none. */
  readonly checksum: string | null;
}

export interface Evidence {
  readonly databaseName: string;
  readonly schema: SchemaDescription;
  /** False where the schema changed around the snapshot, or was read long after it. */
  readonly schemaIsOfTheSnapshot: boolean;
  /** `schema.table` names; undefined for all. */
  readonly chosen: readonly string[] | undefined;
  readonly acceptSkipped: readonly string[];
  readonly folders: readonly { readonly folder: string; readonly unfinished: readonly string[] }[];
  readonly files: readonly ProvenFile[];
  readonly columnFaults: readonly { readonly folder: string; readonly fault: string }[];
  /** One line for each file that is no whole Parquet file. */
  readonly brokenFiles: readonly string[];
  readonly metadata: ExportMetadata;
  readonly warning: ExportWarning;
  /** Undefined for an adopted snapshot, of whose moment nothing was recorded. */
  readonly bounds: readonly RowBounds[] | undefined;
}

export interface ProvenTable {
  readonly folder: string;
  readonly tables: readonly string[];
  readonly rows: number;
  readonly bytes: number;
  readonly files: number;
  /** What the rows were held against, and how that went. */
  readonly against: 'exact count' | 'bounds' | 'estimate' | 'uncertain counts' | 'no counts';
}

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
  const present = new Set(evidence.folders.map(({ folder }) => folder));
  const placed = expected.map((table) => ({
    table,
    folder: folderOf(table, evidence.schema, present),
  }));
  const missing = placed.filter(({ folder }) => folder === undefined).map(({ table }) => fullName(table));
  const byFolder = Map.groupBy(placed.filter(isPlaced), ({ folder }) => folder);
  const tables = [...byFolder].map(([folder, units]) =>
    judgeFolder(
      folder,
      units.map(({ table }) => table),
      evidence,
    ),
  );
  const skips = judgeMissing(missing, evidence);
  const columns = evidence.columnFaults.map(({ folder, fault }) => `${folder}: ${fault}.`);
  return {
    tables: tables.map(({ proven }) => proven),
    faults: [
      ...unknownChoices(evidence, expected),
      ...skips.faults,
      ...evidence.brokenFiles,
      ...tables.flatMap(({ faults }) => faults),
      ...(evidence.schemaIsOfTheSnapshot ? columns : []),
      ...judgeMetadata(evidence),
    ],
    notes: [
      ...tables.flatMap(({ notes }) => notes),
      ...(evidence.schemaIsOfTheSnapshot ? [] : columns),
      ...unexpectedFolders(evidence, new Set(byFolder.keys())),
    ],
    skipped: skips.accepted,
  };
}

type Placed = { table: TableDescription; folder: string | undefined };
const isPlaced = (placed: Placed): placed is Placed & { folder: string } => placed.folder !== undefined;
const fullName = ({ schema, name }: { schema: string; name: string }) => `${schema}.${name}`;

/** Tables with rows of their own; the service leaves unlogged and foreign ones out without a word. */
function expectedTables({ schema, chosen }: Evidence): TableDescription[] {
  const own = schema.tables.filter(({ kind, unlogged }) => kind === 'table' && !unlogged);
  if (!chosen) return own;
  return own.filter((table) =>
    [table, ...ancestors(table, schema)].some((each) => chosen.includes(fullName(each))),
  );
}

/** The service would leave these out without a word, and the proof of the others would say nothing of them. */
function unknownChoices({ schema, chosen = [] }: Evidence, expected: readonly TableDescription[]): string[] {
  const known = new Set(expected.flatMap((table) => [table, ...ancestors(table, schema)].map(fullName)));
  return chosen
    .filter((name) => !known.has(name))
    .map((name) => `${name} was chosen, and is no table that an export can hold.`);
}

function ancestors(table: TableDescription, schema: SchemaDescription): TableDescription[] {
  const of = table.partitionOf;
  const parent = of && schema.tables.find((each) => each.schema === of.schema && each.name === of.name);
  return parent ? [parent, ...ancestors(parent, schema)] : [];
}

/** A partition's rows may lie in a folder of its own or in that of the table which it is a part of. */
function folderOf(table: TableDescription, schema: SchemaDescription, present: ReadonlySet<string>) {
  return [table, ...ancestors(table, schema)]
    .map(({ schema: s, name }) => tableFolder(s, name))
    .find((folder) => present.has(folder));
}

function judgeMissing(
  missing: readonly string[],
  { warning, acceptSkipped, databaseName, schema }: Evidence,
) {
  const neverExported = schema.tables
    .filter(({ kind, unlogged }) => kind !== 'table' || unlogged)
    .map(fullName);
  const accepts = (table: string) => acceptSkipped.some((name) => namesTable(name, databaseName, table));
  const isNamed = (table: string) => warning.names.some((name) => namesTable(name, databaseName, table));
  const accepted = missing.filter(accepts);
  const faults = missing
    .filter((table) => !accepts(table))
    .map((table) =>
      isNamed(table)
        ? `${table} was skipped with a warning. If that is as it should be, name it in "acceptSkipped".`
        : `${table} is not in the export, and no warning names it.`,
    );
  const alsoNamed = warning.names
    .filter((name) => !missing.some((table) => namesTable(name, databaseName, table)))
    .filter(
      (name) => ![...acceptSkipped, ...neverExported].some((table) => namesTable(name, databaseName, table)),
    )
    .map(
      (name) =>
        `A warning of the service names ${name}. If that is as it should be, name it in "acceptSkipped".`,
    );
  return { accepted, faults: [...faults, ...alsoNamed] };
}

function judgeFolder(folder: string, units: readonly TableDescription[], evidence: Evidence) {
  const files = evidence.files.filter((file) => file.folder === folder);
  const rows = sum(files.map((file) => file.rows));
  const unfinished = evidence.folders.find((each) => each.folder === folder)?.unfinished ?? [];
  const { against, fault, note } = holdAgainstCounts(rows, units, evidence.bounds);
  const proven: ProvenTable = {
    folder,
    tables: units.map(fullName),
    rows,
    bytes: sum(files.map(({ bytes }) => bytes)),
    files: files.length,
    against,
  };
  return {
    proven,
    faults: [
      ...unfinished.map(
        (batch) => `${batch} has Parquet files and no _SUCCESS: writing it was not finished.`,
      ),
      ...(fault ? [`${folder}: ${fault}`] : []),
    ],
    notes: note ? [`${folder}: ${note}`] : [],
  };
}

interface Judgement {
  readonly against: ProvenTable['against'];
  readonly fault?: string;
  readonly note?: string;
}

function holdAgainstCounts(
  rows: number,
  units: readonly TableDescription[],
  bounds: Evidence['bounds'],
): Judgement {
  if (!bounds) return { against: 'no counts' };
  const known = units.map((unit) =>
    bounds.find((each) => fullName({ schema: each.schema, name: each.table }) === fullName(unit)),
  );
  if (known.some((bound) => bound === undefined)) {
    return {
      against: 'uncertain counts',
      note: 'not counted before and after the snapshot: the table came or went meanwhile',
    };
  }
  const all = known.filter((bound) => bound !== undefined);
  const atLeast = all.reduce((total, bound) => total + BigInt(bound.atLeast), 0n);
  const atMost = all.reduce((total, bound) => total + BigInt(bound.atMost), 0n);
  const within = BigInt(rows) >= atLeast && BigInt(rows) <= atMost;
  const doubt = all.find(({ basis }) => basis !== 'counted');
  if (doubt) {
    const outside = within ? '' : ` (${rows} rows exported, about ${range(atLeast, atMost)} in the database)`;
    return {
      against: doubt.basis === 'estimated' ? 'estimate' : 'uncertain counts',
      note: `rows not proved: ${doubt.note}${outside}`,
    };
  }
  const against = atLeast === atMost ? 'exact count' : 'bounds';
  return within
    ? { against }
    : { against, fault: `${rows} rows were exported, and the snapshot holds ${range(atLeast, atMost)}.` };
}

const range = (atLeast: bigint, atMost: bigint) =>
  atLeast === atMost ? String(atLeast) : `${atLeast} to ${atMost}`;

function judgeMetadata({ metadata, warning, acceptSkipped, databaseName }: Evidence): string[] {
  const accepted = (target: string) => acceptSkipped.some((table) => namesTable(target, databaseName, table));
  return [
    ...(metadata.infoFiles === 0 ? ['export_info_*.json is missing.'] : []),
    ...(metadata.tableInfoFiles === 0 ? ['export_tables_info_*.json is missing.'] : []),
    ...metadata.incomplete
      .filter(({ target }) => !accepted(target))
      .map(({ target, status }) => `${target}: ${status}.`),
    ...warning.general.map((reason) => `The service warns: ${reason}.`),
  ];
}

function unexpectedFolders({ folders, schema }: Evidence, used: ReadonlySet<string>): string[] {
  const known = new Set(schema.tables.map((table) => tableFolder(table.schema, table.name)));
  return folders
    .filter(({ folder }) => !used.has(folder) && !known.has(folder))
    .map(({ folder }) => `${folder}: in the export, and not in the schema that was saved`);
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
