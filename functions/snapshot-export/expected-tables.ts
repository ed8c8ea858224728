import { tableFolder } from '../../shared/export/export-layout.ts';
import type { SchemaDescription, TableDescription } from '../../shared/postgres/schema-description.ts';
import type { Evidence } from './evidence.ts';
import { fullName } from './table-names.ts';

/** A table that the export must hold, and the folder that holds it. */
export interface ExpectedTable {
  /** `schema.table`. */
  readonly name: string;
  /** Its own name, then those of the tables that it is a partition of. */
  readonly family: readonly string[];
  /** A partition's rows lie in a folder of its own or in that of a table which it is a part of; undefined: in none. */
  readonly folder: string | undefined;
}

/** Tables with rows of their own; the service leaves unlogged and foreign ones out without a word. */
export function expectedTables({ schema, chosen, folders }: Evidence): ExpectedTable[] {
  const byName = new Map(schema.tables.map((table) => [fullName(table), table]));
  const present = new Set(folders.map(({ folder }) => folder));
  const wanted = chosen && new Set(chosen);
  return schema.tables
    .filter(holdsRowsForExport)
    .map((table) => ({ name: fullName(table), lineage: [table, ...ancestors(table, byName)] }))
    .filter(({ lineage }) => !wanted || lineage.some((each) => wanted.has(fullName(each))))
    .map(({ name, lineage }) => ({
      name,
      family: lineage.map(fullName),
      folder: lineage.map((each) => tableFolder(each.schema, each.name)).find((each) => present.has(each)),
    }));
}

/** The service would leave these out without a word, and the proof of the others would say nothing of them. */
export function unknownChoices({ chosen = [] }: Evidence, expected: readonly ExpectedTable[]): string[] {
  const known = new Set(expected.flatMap(({ family }) => family));
  return chosen
    .filter((name) => !known.has(name))
    .map((name) => `${name} was chosen, and is no table that an export can hold.`);
}

/** Names that the service may skip in words or in silence: nothing of theirs can be lost. */
export function neverExported({ tables, views }: SchemaDescription): string[] {
  return [...tables.filter((table) => !holdsRowsForExport(table)), ...views].map(fullName);
}

function holdsRowsForExport({ kind, unlogged }: TableDescription): boolean {
  return kind === 'table' && !unlogged;
}

function ancestors(
  table: TableDescription,
  byName: ReadonlyMap<string, TableDescription>,
): TableDescription[] {
  const parent = table.partitionOf && byName.get(fullName(table.partitionOf));
  return parent ? [parent, ...ancestors(parent, byName)] : [];
}
