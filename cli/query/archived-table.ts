import type { Client } from 'pg';
import { allRowsView } from '../../functions/audit-archive/made-names.ts';
import type { LedgerBatch } from '../../shared/archive/archive-ledger.ts';
import { type FileBatch, isFileBatch } from '../../shared/archive/check-file.ts';
import { parseTableName, type TableName } from '../../shared/config/table-name.ts';
import type { NamedTable } from './named-tables.ts';

/** A policy as the last run knew it. */
export interface KnownPolicy {
  readonly policy: string;
  readonly ageColumn: string;
  /** Its archive table holds days instead of rows. */
  readonly holdsDays: boolean;
}

/** Which rows of a table a query asks for: `public.audit_log`, `public.audit_log_live`, `public.audit_log_all`. */
export type Part = 'archived' | 'live' | 'all';

export interface AskedTable {
  readonly known: KnownPolicy;
  readonly table: TableName;
  readonly part: Part;
  /** What the view is called. */
  readonly name: string;
}

export async function readPolicies(client: Client): Promise<KnownPolicy[]> {
  const { rows } = await client.query<KnownPolicy>(/* sql */ `
    SELECT policy, age_column AS "ageColumn",
           destination = 'table' AND settings -> 'rollUp' IS NOT NULL AS "holdsDays"
      FROM nightshift.archive_policies ORDER BY policy`);
  return rows;
}

const suffixes = { archived: '', live: '_live', all: '_all' } as const;

/** Undefined for what is no table of the archive: DuckDB says what it thinks of it. Names fold as DuckDB folds them. */
export function findAsked(named: NamedTable, policies: readonly KnownPolicy[]): AskedTable | undefined {
  const wanted = [named.schema, named.table].map((name) => name.toLowerCase()).join('\0');
  for (const [part, suffix] of Object.entries(suffixes) as [Part, string][]) {
    for (const known of policies) {
      const table = parseTableName(known.policy);
      if (!table) continue;
      const name = table.name + suffix;
      if ([table.schema, name].map((one) => one.toLowerCase()).join('\0') === wanted) {
        return { known, table, part, name };
      }
    }
  }
  return undefined;
}

/** What a view is made of. */
export interface TableSources {
  readonly files: readonly FileBatch[];
  /** To be copied out of the database. */
  readonly relations: readonly TableName[];
}

export function sourcesOf({ known, table, part }: AskedTable, ledger: readonly LedgerBatch[]): TableSources {
  const own = ledger.filter(({ policy }) => policy === known.policy);
  // Beside files, a table holds their days: each row is in the files.
  const inTables = own.filter(({ destination }) => destination === 'table');
  const archives = new Set(inTables.flatMap(({ archiveTable }) => archiveTable ?? []));
  const tables = [...archives].flatMap((name) => parseTableName(name) ?? []);
  const files = own.filter(isFileBatch);
  switch (part) {
    case 'archived':
      return { files, relations: tables };
    case 'live':
      return { files: [], relations: [table] };
    case 'all':
      // Rows and days are not of one kind: the view in the database makes days of both.
      if (known.holdsDays && tables.length > 0) return { files, relations: [allRowsView(table)] };
      return { files, relations: [...tables, table] };
  }
}
