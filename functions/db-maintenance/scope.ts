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

/** SQL over a schema's and a table's name; the values of `scopeValues` are bound from `$1` to `$4`. */
export function inScope(schema: string, table: string): string {
  return `(($1::text[] IS NULL OR EXISTS (SELECT FROM unnest($1::text[], $2::text[]) o (s, t) WHERE o.s = ${schema} AND o.t = ${table}))
    AND NOT EXISTS (SELECT FROM unnest($3::text[], $4::text[]) o (s, t) WHERE o.s = ${schema} AND o.t = ${table}))`;
}
