/** A table as the service names it: `database.schema.table`, unquoted, dots in names not escaped. */
export interface TableName {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
}

export function targetOf({ database, schema, table }: TableName): string {
  return `${database}.${schema}.${table}`;
}

/** Whether `exportOnly` (`database`, `database.schema` or `database.schema.table`; empty for all) takes the table. */
export function isTableInScope(exportOnly: readonly string[], name: TableName): boolean {
  if (exportOnly.length === 0) return true;
  const wanted = [name.database, `${name.database}.${name.schema}`, targetOf(name)];
  return exportOnly.some((entry) => wanted.includes(entry));
}

/** Whether anything in the database can be wanted, so that it has to be looked into. */
export function isDatabaseInScope(exportOnly: readonly string[], database: string): boolean {
  if (exportOnly.length === 0) return true;
  return exportOnly.some((entry) => entry === database || entry.startsWith(`${database}.`));
}
