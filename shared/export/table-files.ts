import { PreconditionError } from '../job/errors.ts';
import type { SchemaDescription, TableDescription } from '../postgres/schema-description.ts';
import { tableFolder } from './export-layout.ts';
import type { ExportManifest, ManifestFile, ManifestTable } from './export-manifest.ts';

export interface TableInExport {
  readonly schema: string;
  readonly table: string;
}

export interface TableFiles {
  readonly files: readonly ManifestFile[];
  /** That the manifest says the files hold together. */
  readonly rows: number;
  /** As it was when the export was made; undefined for a table that the saved schema does not know. */
  readonly description: TableDescription | undefined;
}

/**
 * The files that hold a table's rows: its own, and those of its partitions. Null where the export does not hold the
 * table. Throws PreconditionError where its rows lie in one folder with another table's, so that nobody can tell them apart.
 */
export function filesOfTable(
  manifest: ExportManifest,
  schema: SchemaDescription,
  asked: TableInExport,
): TableFiles | null {
  const name = `${asked.schema}.${asked.table}`;
  const family = familyOf(schema, asked);
  const folders = new Set([
    tableFolder(asked.schema, asked.table),
    ...family.map((table) => tableFolder(table.schema, table.name)),
  ]);
  const own = new Set([name, ...family.map((table) => `${table.schema}.${table.name}`)]);
  // A folder of that name may also be another table's alone, whose odd characters were replaced.
  const entries = manifest.tables.filter(
    ({ folder, tables }) =>
      folders.has(folder) && (tables.length === 0 || tables.some((each) => own.has(each))),
  );
  const mixed = entries.find(({ tables }) => tables.some((each) => !own.has(each)));
  if (mixed) throw new PreconditionError(mixedUp(name, mixed));
  if (entries.length === 0) return null;
  return {
    files: entries.flatMap(({ files }) => files),
    rows: entries.reduce((sum, { rows }) => sum + rows, 0),
    description: schema.tables.find((table) => table.schema === asked.schema && table.name === asked.table),
  };
}

function mixedUp(name: string, { folder, tables }: ManifestTable): string {
  return `The rows of ${name} lie in the folder ${folder} together with those of ${tables.filter((each) => each !== name).join(', ')}, and nothing in the files says which is whose.`;
}

/** The partitions below a table, and theirs. */
function familyOf({ tables }: SchemaDescription, { schema, table }: TableInExport): TableDescription[] {
  const below = tables.filter(
    ({ partitionOf }) => partitionOf?.schema === schema && partitionOf.name === table,
  );
  return below.flatMap((each) => [
    each,
    ...familyOf({ tables } as SchemaDescription, { schema: each.schema, table: each.name }),
  ]);
}
