import { formatTableName } from '../../shared/config/table-name.ts';
import { PreconditionError } from '../../shared/job/errors.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import { type DayColumn, dayColumns } from './day-columns.ts';
import type { ArchivePolicy } from './policy.ts';
import type { RelationColumn } from './relation-columns.ts';

export type ShapeColumn = Pick<RelationColumn, 'name' | 'type' | 'collation'>;

/** How the table must look that takes a policy's rows, or the days that they are rolled up to. */
export interface ArchiveShape {
  readonly columns: readonly ShapeColumn[];
  /** The column that the archive table is partitioned by. */
  readonly partitionBy: ShapeColumn;
  /** The same columns, where they are days. */
  readonly days: readonly DayColumn[] | null;
}

/** From the columns of the live table. Throws PreconditionError where it lacks one that the policy names. */
export function archiveShape(policy: ArchivePolicy, live: readonly RelationColumn[]): ArchiveShape {
  const age = live.find(({ name }) => name === policy.ageColumn);
  if (!age) {
    throw new PreconditionError(
      `${policy.name} has no column ${policy.ageColumn}: correct the policy's "ageColumn".`,
    );
  }
  if (!policy.rollUp) return { columns: live, partitionBy: age, days: null };
  const days = dayColumns(policy, live);
  const [day = age] = days;
  return { columns: days, partitionBy: day, days };
}

/** What tells one day from another. */
export function uniqueColumns({ days }: ArchiveShape): string[] {
  return (days ?? []).filter(({ part }) => part === 'group').map(({ name }) => name);
}

/**
 * The columns that the archive table lacks, as far as they can be added without changing what older rows mean. Throws
 * PreconditionError, with the statement that mends it, for any other difference.
 */
export function missingColumns(
  policy: ArchivePolicy,
  shape: ArchiveShape,
  archived: readonly RelationColumn[],
): ShapeColumn[] {
  const faults = [
    ...shape.columns.flatMap((column) => retyped(policy, column, archived)),
    ...archived.flatMap((column) => leftOver(policy, column, shape)),
  ];
  const missing = shape.columns.filter(({ name }) => !archived.some((column) => column.name === name));
  const unique = uniqueColumns(shape);
  for (const { name } of missing.filter(({ name }) => unique.includes(name))) {
    faults.push(`it holds days without ${name}; name another archive table in the policy`);
  }
  if (faults.length === 0) return missing;
  throw new PreconditionError(
    `The archive table ${placeOf(policy).name} does not fit ${policy.name} any more: ${faults.join('. And ')}. Nothing was moved.`,
  );
}

function retyped(
  policy: ArchivePolicy,
  { name, type }: ShapeColumn,
  archived: readonly RelationColumn[],
): string[] {
  const there = archived.find((column) => column.name === name);
  if (!there || there.type === type) return [];
  const column = quoteName(name);
  return [
    `its ${name} is ${there.type}, and ${type} is wanted: ALTER TABLE ${placeOf(policy).quoted} ALTER COLUMN ${column} TYPE ${type}`,
  ];
}

/** One with a default was not made by us, and is none of the rows' business. */
function leftOver(
  policy: ArchivePolicy,
  { name, hasDefault }: RelationColumn,
  { columns }: ArchiveShape,
): string[] {
  if (hasDefault || columns.some((column) => column.name === name)) return [];
  const { quoted } = placeOf(policy);
  return [
    `its ${name} is not among the columns that are wanted. Was it renamed: ALTER TABLE ${quoted} RENAME COLUMN ${quoteName(name)} TO …. Is it gone: name another archive table in the policy, or drop it here too`,
  ];
}

function placeOf({ archiveTable }: ArchivePolicy) {
  const { schema, name } = archiveTable ?? { schema: '', name: '' };
  return { name: formatTableName({ schema, name }), quoted: quoteName(schema, name) };
}

/** `"name" type COLLATE …`, as CREATE TABLE and ADD COLUMN take it: an archive asks nothing of values that were there. */
export function columnDefinition({ name, type, collation }: ShapeColumn): string {
  return `${quoteName(name)} ${type}${collation === null ? '' : ` COLLATE ${collation}`}`;
}
