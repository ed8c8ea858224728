import type { ColumnDescription } from '../../shared/postgres/schema-description.ts';

/** A nullable column without a default. */
export function columnTypeOf(name: string, typeName: string): ColumnDescription {
  return { name, type: typeName, typeName, notNull: false, default: null, generated: null };
}
