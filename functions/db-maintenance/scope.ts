import type { TableName } from '../../shared/config/table-name.ts';
import { parseTableName } from '../../shared/config/table-name.ts';
import type { DbMaintenanceRequest } from './event.ts';

/** Which tables a run is about, as SQL takes it. */
export interface Scope {
  /** Null for all. */
  readonly only: readonly TableName[] | null;
  readonly leaveOut: readonly TableName[];
}

export function scopeOf({ tables, settings }: Pick<DbMaintenanceRequest, 'tables' | 'settings'>): Scope {
  const parsed = (names: readonly string[]) => names.flatMap((name) => parseTableName(name) ?? []);
  return { only: tables && parsed(tables), leaveOut: parsed(settings.leaveOut) };
}

/** Four values for `inScope`. */
export function scopeValues({ only, leaveOut }: Scope): (string[] | null)[] {
  const schemas = (names: readonly TableName[]) => names.map(({ schema }) => schema);
  const tables = (names: readonly TableName[]) => names.map(({ name }) => name);
  return [only && schemas(only), only && tables(only), schemas(leaveOut), tables(leaveOut)];
}

/**
 * SQL over the alias of a table's row in pg_class; the values of `scopeValues` are bound from `$1` to `$4`. A partitioned
 * table's name stands for its partitions as well.
 */
export function inScope(table: string): string {
  return `(($1::text[] IS NULL OR ${isNamed(table, '$1', '$2')}) AND NOT ${isNamed(table, '$3', '$4')})`;
}

function isNamed(table: string, schemas: string, names: string): string {
  return `EXISTS (SELECT FROM unnest(${schemas}::text[], ${names}::text[]) named (schema, name)
      JOIN pg_namespace ON nspname = named.schema
      JOIN pg_class ON pg_class.relnamespace = pg_namespace.oid AND pg_class.relname = named.name
    WHERE pg_class.oid = ${table}.oid
      OR ${table}.relispartition AND pg_class.oid IN (SELECT pg_partition_ancestors(${table}.oid)))`;
}
