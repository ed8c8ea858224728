import type { TableName } from '../config/table-name.ts';
import { quoteName } from '../postgres/quote.ts';
import type { TableDescription } from '../postgres/schema-description.ts';

/**
 * `CREATE TABLE` of a table as it was when it was exported: columns, types, NOT NULL and the primary key. Defaults,
 * generated columns' expressions, other constraints and indexes are left out: what is in it is what was exported.
 */
export function createTableStatement(
  into: TableName,
  { columns, constraints }: Pick<TableDescription, 'columns' | 'constraints'>,
): string {
  const lines = [
    ...columns.map(({ name, type, notNull }) => `${quoteName(name)} ${type}${notNull ? ' NOT NULL' : ''}`),
    ...constraints
      .map(({ definition }) => definition)
      .filter((definition) => definition.startsWith('PRIMARY KEY (')),
  ];
  return `CREATE TABLE ${quoteName(into.schema, into.name)} (\n  ${lines.join(',\n  ')}\n)`;
}
