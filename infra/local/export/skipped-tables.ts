import { type TableName, targetOf } from './scope.ts';

/** A table that the service leaves out, and why. */
export interface SkippedTable {
  readonly target: string;
  readonly reason: 'UNSUPPORTED_TABLE_NAME' | 'UNSUPPORTED_COLUMN_NAME';
}

/** Documented limits of snapshot export: names that its files could not carry. */
const FORBIDDEN_IN_TABLE = /\//;
const FORBIDDEN_IN_COLUMN = /[,;{}()\n\t= ]/;

/** Why the service would leave the table out, if it would. */
export function skipReason(name: TableName, columns: readonly string[]): SkippedTable | undefined {
  const target = targetOf(name);
  if (FORBIDDEN_IN_TABLE.test(name.table)) return { target, reason: 'UNSUPPORTED_TABLE_NAME' };
  if (columns.some((column) => FORBIDDEN_IN_COLUMN.test(column))) {
    return { target, reason: 'UNSUPPORTED_COLUMN_NAME' };
  }
  return undefined;
}

/**
 * The export task's `WarningMessage`: a JSON string with these three lists, or nothing when nothing was left out.
 * What an entry of `skippedTables` holds is not documented; `target` is the word of the export's own metadata, and
 * the reasons are spelled like those known from `general`.
 */
export function warningMessage(skippedTables: readonly SkippedTable[]): string | undefined {
  if (skippedTables.length === 0) return undefined;
  return JSON.stringify({ skippedTables, skippedObjectives: [], general: [] });
}
